/** One stream of requests at a share that nobody moves, where modern is good at first; each rule says when it would take it back. */
import { Argo, FigGuard, Flagger } from "./rules.mjs";
import { FAULTS, SCENARIOS, sideOf, trafficOf, usual } from "./scenarios.mjs";

const MINUTE = 60_000;
const STEP_MS = 10_000;
/** How long clients are watched, before a fault and after it. */
export const REGRESSION = { percent: 10, rate: 50, goodMinutes: [20, 60], minutes: 120 };

/** What stays good, where a trip is a false one; what becomes bad; and traffic that stops, where nobody is hurt. */
export const REGRESSIONS = [
  ...SCENARIOS.filter(({ kind }) => kind === "good").map((scenario) => ({ ...scenario, kind: "good" })),
  ...FAULTS.map((fault) => ({ ...usual, ...fault, kind: "fault" })),
  { ...usual, name: "traffic that stops", kind: "good", stops: true },
];

/** By rule: when it took modern back, after so many requests of clients and failed answers of modern's since the fault; undefined: never. */
export function regression({ scenario: index, seed }) {
  const scenario = REGRESSIONS[index];
  const [from, to] = REGRESSION.goodMinutes;
  const faultFrom = scenario.kind === "fault" ? (from + ((seed * 0.618_034) % 1) * (to - from)) * MINUTE : 0;
  const horizonMs = REGRESSION.minutes * MINUTE;
  const traffic = trafficOf(scenario, seed, { horizonMs, faultFrom, rate: REGRESSION.rate / 10 });
  const rules = [new FigGuard(REGRESSION.percent), new Flagger(), new Argo(0.95), new Argo(0.99)];
  const found = {};
  let open = rules;
  let [requests, failed] = [0, 0];
  const close = (rule, ms) => {
    open = open.filter((other) => other !== rule);
    found[rule.name] =
      scenario.kind === "fault" && ms < faultFrom
        ? { false: true }
        : { requests, failed, seconds: (ms - faultFrom) / 1000 };
  };
  for (let ms = 0; ms < horizonMs && open.length > 0; ms += STEP_MS) {
    const moment = traffic.moment(ms);
    const counts = ms >= faultFrom;
    const arrivals = traffic.arrivals(ms, STEP_MS / 1000);
    for (let i = 0; i < arrivals; i++) {
      const drawn = traffic.draw(moment);
      const side = sideOf(drawn.hash, REGRESSION.percent);
      if (counts) requests++;
      if (counts && side === "modern" && drawn.failed.modern) failed++;
      for (const rule of open)
        if (rule.answered(side, drawn.failed[side], drawn.micros[side], drawn.hash))
          close(rule, ms + (STEP_MS * i) / arrivals);
    }
    const end = ms + STEP_MS;
    for (const rule of open) if (end % rule.everyMs === 0 && rule.looked(end)) close(rule, end);
  }
  return { found, rules: rules.map(({ name }) => name) };
}
