import { setTimeout as delay } from "node:timers/promises";
import { Bystanders } from "./bystanders.mjs";

/** Others may wait so long whatever is sent, ms; so many times what they wait without it, and under nginx. */
const ALWAYS_MS = 25;
const TIMES_CALM = 2;
const TIMES_PEER = 1.5;
/** A door may take so much, MiB, at the heap that the script gives it, unless a case says less. */
export const MAX_RSS_MIB = 384;
const SETTLE_MS = 50;
const CALM_MS = 250;
/** A door that spends no more than this share of a core has done with what it was sent; so long it is waited for. */
const CALM_SHARE = 0.1;
const CALM_STEP_MS = 100;
const CALM_DOWN_MS = 5000;
/** So long what was counted may take to be seen: a shadow, say, ends after its answer. */
const COUNTED_MS = 1000;

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

/** What an abuse leaves behind (shadows, connections that end) is no part of the calm before the next. */
async function calmDown(door) {
  if (door.cpuMs === undefined) return;
  const until = performance.now() + CALM_DOWN_MS;
  for (let spent = door.cpuMs(); performance.now() < until; ) {
    await delay(CALM_STEP_MS);
    const now = door.cpuMs();
    if (now - spent <= CALM_SHARE * CALM_STEP_MS) return;
    spent = now;
  }
}

async function onDoor({ abuse, admin }, door, runs, abuseMs) {
  const calm = [];
  const abused = [];
  let status = -1;
  let times = 0;
  let cpu = 0;
  door.peak?.();
  for (let run = 0; run < runs; run++) {
    await calmDown(door);
    const others = new Bystanders(door.port, admin ? door.adminPort : undefined);
    await others.take();
    await delay(SETTLE_MS);
    await others.take();
    await delay(Math.min(CALM_MS, abuseMs));
    calm.push(await others.take());
    const spent = door.cpuMs?.() ?? 0;
    const until = performance.now() + abuseMs;
    do {
      ({ status } = await abuse(door.port, door));
      times++;
    } while (performance.now() < until);
    abused.push(await others.take());
    cpu += (door.cpuMs?.() ?? 0) - spent;
    await others.close();
  }
  return {
    status,
    times,
    calm: median(calm.map(({ p99 }) => p99)),
    p99: median(abused.map(({ p99 }) => p99)),
    max: Math.max(...abused.map(({ max }) => max)),
    failed: abused.reduce((sum, { failed }) => sum + failed, 0),
    rss: door.peak?.(),
    cpu: Number((cpu / times).toFixed(1)),
  };
}

/** Of all series that begin so and hold every one of `parts`. */
function sum(counters, [prefix, ...parts]) {
  let total = 0;
  for (const [name, value] of counters)
    if (name.startsWith(prefix) && parts.every((part) => name.includes(part))) total += value;
  return total;
}

async function counted({ counter }, door, before) {
  if (counter === undefined) return undefined;
  const right = typeof counter === "function" ? counter : (grown) => grown(counter) > 0;
  const until = performance.now() + COUNTED_MS;
  for (;;) {
    const after = await door.counters();
    if (right((...parts) => sum(after, parts) - sum(before, parts))) return true;
    if (performance.now() > until) return false;
    await delay(100);
  }
}

/** One row a door; nginx first, where the case is one for it. */
export async function measure(each, { doors, peer }, runs, abuseMs) {
  const rows = [];
  let theirs;
  if (each.peer && peer !== undefined) {
    theirs = await onDoor(each, peer, runs, abuseMs);
    rows.push({ case: each.name, door: peer.name, ...theirs, held: true });
  }
  for (const door of doors.filter(({ name }) => each.lanes?.includes(name) ?? true)) {
    const before = await door.counters();
    const ours = await onDoor(each, door, runs, abuseMs);
    const grown = await counted(each, door, before);
    const bound = Math.max(ALWAYS_MS, TIMES_CALM * ours.calm, TIMES_PEER * (theirs?.p99 ?? 0));
    const held =
      ours.p99 <= bound &&
      ours.failed === 0 &&
      ours.rss <= (each.rss ?? MAX_RSS_MIB) &&
      (each.statuses ?? [each.status]).includes(ours.status) &&
      grown !== false;
    rows.push({ case: each.name, door: door.name, ...ours, bound, counted: grown, held });
  }
  return rows.map((row) => ({ ...row, sentence: sentence(row) }));
}

function sentence({ case: name, door, status, times, calm, p99, max, failed, rss, cpu, counted }) {
  const memory = rss === undefined ? "" : `, ${rss} MiB, CPU ${cpu} ms each`;
  const more = `${failed > 0 ? `, ${failed} FAILED` : ""}${counted === false ? ", NOT COUNTED" : ""}`;
  return `${name} · ${door}: others' p99 ${p99} ms (max ${max}, without ${calm})${memory}, ${status}, ${times} times${more}`;
}
