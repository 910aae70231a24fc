import { setTimeout as delay } from "node:timers/promises";
import { Bystanders } from "./bystanders.mjs";

/** Others may wait so long whatever is sent, ms; so many times what they wait without it, and under nginx. */
const ALWAYS_MS = 25;
const TIMES_CALM = 2;
const TIMES_PEER = 1.5;
/** A door may take so much, MiB, at the heap that the script gives it. */
const MAX_RSS_MIB = 384;

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

async function onDoor({ abuse }, door, runs, seconds) {
  const calm = [];
  const abused = [];
  let status = -1;
  let times = 0;
  door.peak?.();
  for (let run = 0; run < runs; run++) {
    const others = new Bystanders(door.port);
    await delay(100);
    others.take();
    await delay(Math.min(500, seconds * 1000));
    calm.push(others.take());
    const until = performance.now() + seconds * 1000;
    do {
      ({ status } = await abuse(door.port));
      times++;
    } while (performance.now() < until);
    abused.push({ ...others.take(), failed: others.failed });
    others.close();
  }
  return {
    status,
    times,
    calm: median(calm.map(({ p99 }) => p99)),
    p99: median(abused.map(({ p99 }) => p99)),
    max: Math.max(...abused.map(({ max }) => max)),
    failed: abused.reduce((sum, { failed }) => sum + failed, 0),
    rss: door.peak?.(),
  };
}

function sum(counters, prefix) {
  let total = 0;
  for (const [name, value] of counters) if (name.startsWith(prefix)) total += value;
  return total;
}

/** One row a door; nginx first, where the case is one for it. */
export async function measure(each, { doors, peer }, runs, seconds) {
  const rows = [];
  let theirs;
  if (each.peer && peer !== undefined) {
    theirs = await onDoor(each, peer, runs, seconds);
    rows.push({ case: each.name, door: peer.name, ...theirs, held: true });
  }
  for (const door of doors) {
    const before = await door.counters();
    const ours = await onDoor(each, door, runs, seconds);
    const grown =
      each.counter === undefined || sum(await door.counters(), each.counter) > sum(before, each.counter);
    const bound = Math.max(ALWAYS_MS, TIMES_CALM * ours.calm, TIMES_PEER * (theirs?.p99 ?? 0));
    const held =
      ours.p99 <= bound &&
      ours.failed === 0 &&
      ours.rss <= (each.rss ?? MAX_RSS_MIB) &&
      ours.status === each.status &&
      grown;
    rows.push({ case: each.name, door: door.name, ...ours, bound, counted: grown, held });
  }
  return rows.map((row) => ({ ...row, sentence: sentence(row) }));
}

function sentence({ case: name, door, status, times, calm, p99, max, failed, rss, counted }) {
  const memory = rss === undefined ? "" : `, ${rss} MiB`;
  const more = `${failed > 0 ? `, ${failed} FAILED` : ""}${counted === false ? ", NOT COUNTED" : ""}`;
  return `${name} · ${door}: others' p99 ${p99} ms (max ${max}, without ${calm})${memory}, ${status}, ${times} times${more}`;
}
