import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../src/clock.ts";
import type { Status } from "../../../src/control/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { askAdmin } from "../fig-process.ts";
import { until } from "../until.ts";
import { EventEar, Fleet, inForceTimes, shiftShop } from "./fleet.ts";
import { SideLoad, Timeline } from "./side-load.ts";

export interface FleetShiftsOptions {
  readonly doors: number;
  readonly shifts: number;
  /** Clients of each door, and their pause between two requests. */
  readonly connections: number;
  readonly pauseMs: number;
  readonly everyMs: number;
  readonly state: string;
}

export interface FleetShifts {
  readonly ok: boolean;
  readonly doors: number;
  readonly shifts: number;
  readonly requests: number;
  readonly failed: number;
  readonly wrongSide: number;
  /** From when a shift was asked for until the last door had it in force, ms. */
  readonly inForceMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** What clients were answered by each side, and what each place says of it. */
  readonly counts: Readonly<Record<"clients" | "metrics" | "rollups", Sides>>;
  /** The same of the last shift's window alone, as every door's status says it. */
  readonly lastWindow: { readonly clients: number; readonly status: readonly number[] };
  readonly failures: readonly string[];
}

export interface Sides {
  readonly legacy: number;
  readonly modern: number;
}

function sum(list: readonly Sides[]): Sides {
  return list.reduce((a, b) => ({ legacy: a.legacy + b.legacy, modern: a.modern + b.modern }), {
    legacy: 0,
    modern: 0,
  });
}

async function metricsOf(adminUrl: string): Promise<Sides> {
  const text = await (await fetch(new URL("/metrics", adminUrl))).text();
  const count = (side: string) =>
    [...text.matchAll(/^fig_requests_total\{([^}]*)\} (\d+)$/gm)]
      .filter(([, labels = ""]) => labels.includes('route="shop"') && labels.includes(`side="${side}"`))
      .reduce((total, match) => total + Number(match[2]), 0);
  return { legacy: count("legacy"), modern: count("modern") };
}

async function rollupsOf(state: string): Promise<Sides> {
  const store = await openStore(state, systemClock);
  try {
    const minutes = await store.readRollups({
      route: "shop",
      step: "minute",
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
    });
    return sum(
      minutes.map(({ counts }) => ({ legacy: counts.legacy.requests, modern: counts.modern.requests })),
    );
  } finally {
    await store.close();
  }
}

/** Requests in the evidence window of the last shift, by a door's status. */
async function windowOf(adminUrl: string): Promise<number> {
  const { routes } = await askAdmin<Status>(adminUrl, "GET", "/status");
  const shop = routes.find(({ id }) => id === "shop");
  return (shop?.legacy.requests ?? 0) + (shop?.modern.requests ?? 0);
}

/** Never the position before; every hundredth of a percent may come up. */
function positionOf(i: number): number {
  return ((i * 6180) % 10_001) / 100;
}

/** Shifts through one door after another, under load on all of them, and measures when all have it in force. */
export async function runFleetShifts(options: FleetShiftsOptions): Promise<FleetShifts> {
  const { shifts, connections, pauseMs, everyMs, state } = options;
  const fleet = await Fleet.start(options.doors, state);
  const { doors } = fleet;
  const ears = await Promise.all(doors.map((door) => EventEar.open(door)));
  const timeline = new Timeline(0);
  const startLoads = () =>
    doors.map(
      ({ url }) => new SideLoad({ url, path: "/fleet", cohort: "shop", connections, pauseMs, timeline }),
    );
  let loads = startLoads();
  const failures: string[] = [];
  /** When each revision was asked for, ms since the epoch. */
  const asked = new Map<number, number>();

  async function shift(i: number): Promise<void> {
    const began = Date.now();
    const modern = positionOf(i);
    const { status, entry, said } = await shiftShop(fleet.door(i), {
      modern,
      reason: `shift ${i}`,
      by: "fleet",
    });
    if (entry === undefined) throw new Error(`shift ${i}: ${status} ${JSON.stringify(said)}`);
    asked.set(entry.revision, began);
    await Promise.all(ears.map((ear) => ear.until(entry.revision)));
  }

  try {
    for (let i = 1; i <= shifts; i++) {
      const next = performance.now() + everyMs;
      // Until it is in force everywhere both sides are right; from then on only the new one is.
      await timeline.during(positionOf(i), () => shift(i));
      await delay(Math.max(0, next - performance.now()));
    }
    await Promise.all(loads.map((load) => load.stop()));
    const first = loads;
    // Nothing is on its way now: the last window counts these requests and no others.
    await timeline.during(positionOf(shifts + 1), () => shift(shifts + 1));
    loads = startLoads();
    await until(
      () => Math.min(...loads.map((load) => load.fewest)),
      (fewest) => fewest >= 20,
    );
    await Promise.all(loads.map((load) => load.stop()));
    const inWindow = loads.reduce((total, load) => total + load.requests, 0);
    const readWindows = () => Promise.all(doors.map((door) => windowOf(door.adminUrl)));
    // The other doors write their counters every second.
    const status = await until(
      readWindows,
      (windows) => windows.every((window) => window >= inWindow),
      10_000,
    ).catch(readWindows);
    const all = [...first, ...loads];
    const metrics = sum(await Promise.all(doors.map((door) => metricsOf(door.adminUrl))));
    for (const ear of ears) ear.close();
    await fleet.close();
    const clients = sum(all.map((load) => load.answers));
    const rollups = await rollupsOf(state);
    const inForce = doors.map(inForceTimes);
    const took = [...asked].map(([revision, began]) =>
      Math.max(...inForce.map((times) => (times.get(revision) ?? Number.POSITIVE_INFINITY) - began)),
    );
    took.sort((a, b) => a - b);
    const at = (share: number) => took[Math.floor((took.length - 1) * share)] ?? 0;
    const failed = all.reduce((total, load) => total + load.failed, 0);
    const exact =
      [metrics, rollups].every((each) => JSON.stringify(each) === JSON.stringify(clients)) &&
      status.every((window) => window === inWindow);
    failures.push(...all.flatMap((load) => load.failures));
    if (!exact) failures.push("the counts differ");
    return {
      ok: failures.length === 0 && failed === 0 && took.length === shifts + 1,
      doors: doors.length,
      shifts: took.length,
      requests: all.reduce((total, load) => total + load.requests, 0),
      failed,
      wrongSide: all.reduce((total, load) => total + load.wrongSide, 0),
      inForceMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      counts: { clients, metrics, rollups },
      lastWindow: { clients: inWindow, status: [...new Set(status)] },
      failures: failures.slice(0, 10),
    };
  } finally {
    for (const ear of ears) ear.close();
    await Promise.all(loads.map((load) => load.stop()));
    await fleet.close();
  }
}
