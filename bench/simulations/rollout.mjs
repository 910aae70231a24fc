/** One rollout under the autopilot and guards, on a clock that is moved by hand, through the real code. Only requests are made up. */
import { aConfig, aDoor, HandClock } from "../../test/control/harness.ts";
import { aRoute, aStep } from "../../test/domain/definitions.ts";
import { SCENARIOS, sideOf, trafficOf } from "./scenarios.mjs";

/** A front door looks every second; here once a minute, with the requests of that minute between. Guards hear of each failure at once. */
const LOOK_MS = 60_000;
/** How long it is watched at 100 %. */
const AT_THE_END_MS = 30 * 60_000;

export const gate = {
  minComparisons: 1_000,
  maxMismatchRate: 0.5,
  maxErrorRateIncrease: 0.5,
  maxLatencyRatio: { p99: 1.5 },
  minDurationMs: 10 * 60_000,
  confidence: 99,
};
const guards = {
  errors: true,
  latency: { p99: 1.5, p999: 1.5 },
  mismatches: undefined,
  sampleRatio: false,
  maxTrips: 3,
};
const steps = [
  aStep(1, { a: { shadow: 100 } }, { name: "shadow" }),
  ...[1, 10, 50, 100].map((modern, i) => aStep(i + 2, { a: { modern } }, { name: `to-${modern}`, gate })),
];
const config = aConfig({
  routes: [aRoute("a", { guards, match: { ...aRoute("a").match, path: "/{rest+}" } })],
  migrations: steps,
});

/** Counts a request as a front door does. Gives whether a guard hears of it. */
function count({ tally, position, guard }, { hash, failed, micros, path, wrong }) {
  const serving = sideOf(hash, position.modern);
  const other = serving === "legacy" ? "modern" : "legacy";
  const codeOf = (side) => (failed[side] ? 500 : 200);
  tally.asked("GET");
  tally.answered(serving, codeOf(serving), micros[serving], failed[serving], false, hash);
  tally.keyHash(hash, serving);
  const told = (outcome) => tally.stratum({ method: "GET", path: "/{rest+}", captures: [path] }, outcome);
  const seen = { requestId: "simulated", status: codeOf(serving) };
  if (failed[serving]) guard?.answered("errors", serving === "modern", hash, seen);
  if (position.shadow < 100) return failed[serving];
  tally.shadowAnswered(other, codeOf(other), micros[other], failed[other], hash);
  tally.shadowed(other, "sent");
  const apart = failed.legacy !== failed.modern;
  if (apart) tally.failedAlone(failed.legacy ? "legacy" : "modern");
  if (apart && serving === "modern") guard?.apart(failed.modern, seen);
  if (failed[serving]) {
    tally.notCompared("serving_error");
    tally.compared("inconclusive");
    told("serving_error");
  } else if (failed[other] || wrong) {
    tally.compared("mismatch", "GET");
    told("mismatch");
    tally.mismatched(failed[other] ? "error" : "value");
  } else {
    tally.compared("match", "GET");
    told("match");
  }
  return failed[serving] || apart;
}

/** `hours`: of those that should not reach 100 %; what should has three times as long. */
export async function rollout({ scenario: index, seed, hours }) {
  const scenario = SCENARIOS[index];
  const horizonMs = hours * 3_600_000 * (scenario.kind === "good" ? 3 : 1);
  const clock = new HandClock();
  const door = await aDoor(config, { clock });
  const faultFrom = scenario.turnsAt === undefined ? 0 : Number.POSITIVE_INFINITY;
  let traffic = trafficOf(scenario, seed, { horizonMs, faultFrom });
  const started = clock.now();
  const since = () => clock.now() - started;
  const at = () => door.tableRef.current.byId("a");
  const trips = () => door.live.trips.counts.a ?? 0;
  let [requests, onSilence, highest, faulty] = [0, 0, 0, faultFrom === 0 ? 0 : undefined];
  let tripped;
  let reachedAt;
  const result = () => ({
    modern: at().position.modern,
    minutes: (reachedAt ?? since()) / 60_000,
    ...{ requests, onSilence, highest, tripped },
  });
  await door.control.autopilot.start({ by: "bench", reason: scenario.name });
  try {
    while (since() < horizonMs) {
      const route = at();
      const { modern, shadow } = route.position;
      highest = Math.max(highest, modern);
      if (modern === 100) reachedAt ??= since();
      if (reachedAt !== undefined && since() - reachedAt >= AT_THE_END_MS) break;
      if (faulty === undefined && modern >= scenario.turnsAt) {
        faulty = requests;
        traffic = trafficOf(scenario, seed + 7, { horizonMs });
      }
      const moment = traffic.moment(since());
      for (let left = traffic.arrivals(since(), LOOK_MS / 1000); left > 0; left--) {
        if (reachedAt === undefined || faulty !== undefined) requests++;
        if (!count(route, traffic.draw(moment))) continue;
        door.guardFeed.flush();
        if (trips() > 0) break;
      }
      clock.pass(LOOK_MS);
      if (trips() === 0) await door.live.flush();
      if (trips() > 0) {
        tripped = { from: modern, requests: requests - (faulty ?? 0) };
        break;
      }
      const moved = await door.pilot.look();
      // Requests count as coming for a minute after the last one.
      if (moved && shadow === 100 && since() - LOOK_MS - traffic.lastAt > LOOK_MS) onSilence++;
    }
    return result();
  } finally {
    await door.pilot.close();
    await door.live.close();
    await door.store.close();
  }
}
