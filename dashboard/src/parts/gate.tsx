import { stateOf } from "../../../src/domain/gate/contract.ts";
import type { GateCondition, GateReport } from "../state/wire.ts";
import { countText, durationText, NONE, numberText } from "../words.ts";
import { Icon } from "./icon.tsx";

const NAMES: Readonly<Record<string, string>> = {
  minComparisons: "Comparisons",
  maxMismatchRate: "Mismatch rate, upper end of its interval",
  maxErrorRateIncrease: "Errors, modern over legacy",
  "maxLatencyRatio.p50": "p50, modern to legacy",
  "maxLatencyRatio.p95": "p95, modern to legacy",
  "maxLatencyRatio.p99": "p99, modern to legacy",
  minDuration: "Time observed",
  sampleRatio: "Keys that went to modern",
};

const MOST_PARTS = 5;
const SUMMARY_LOOKS = { holds: "good-text", fails: "bad-text", unknown: "quiet" } as const;

/** `minCoverage.GET`: of the requests of one method. */
function conditionName(name: string): string {
  const [kind, method] = name.split(".");
  if (kind === "minCoverage") return `Compared of ${method ?? "the"} requests`;
  if (name === "uncovered.other") return "Requests of other methods, never compared";
  if (kind === "uncovered") return `${method} requests, never compared`;
  return NAMES[name] ?? name;
}

function amount(name: string, value: number | null, floor = false): string {
  if (value === null) return NONE;
  if (name === "minComparisons") return countText(value);
  if (name === "minDuration") return durationText(value, floor ? Math.floor : Math.ceil);
  if (/^(?:maxMismatchRate|minCoverage|uncovered|sampleRatio)\b/.test(name))
    return `${numberText(value, 2)} %`;
  if (name === "maxErrorRateIncrease") return `${numberText(value, 2)} points`;
  return `${numberText(value, 2)} ×`;
}

function sign(name: string): string {
  if (name.startsWith("min")) return "at least";
  if (name === "sampleRatio") return "about";
  return name === "maxMismatchRate" ? "under" : "at most";
}

/** How far along the value is, 0 to 1, for conditions that are reached by waiting. */
function progress({ name, value, bound, holds }: GateCondition): number {
  if (holds) return 1;
  if (value === null || !name.startsWith("min") || bound === 0) return 0;
  return Math.min(1, value / bound);
}

/** Every condition of every route: what it is, what it must be, whether it holds, what is missing. */
export function GateTable({ gates }: { readonly gates: readonly GateReport[] }) {
  return (
    <div class="gates">
      {gates.map((gate) => (
        <table class="gate" key={gate.route}>
          <caption>
            <span class="gate-name">
              <b class="mono">{gate.route}</b> <Verdict state={stateOf(gate)} />
            </span>
          </caption>
          <thead>
            <tr>
              <th scope="col">Condition</th>
              <th scope="col" class="num">
                Is
              </th>
              <th scope="col" class="num">
                Must be
              </th>
              <th scope="col">Holds</th>
            </tr>
          </thead>
          <tbody>
            {gate.conditions.map((condition) => (
              <Condition key={condition.name} condition={condition} />
            ))}
          </tbody>
          {gate.quiet !== undefined && (
            <tfoot>
              <tr>
                <td colSpan={4} class="note">
                  No request since the last step: {gate.quiet.join(", ")}
                </td>
              </tr>
            </tfoot>
          )}
        </table>
      ))}
    </div>
  );
}

function Condition({ condition }: { readonly condition: GateCondition }) {
  const { name, value, bound, missing, judged } = condition;
  const state = stateOf(condition);
  return (
    <tr class={state}>
      <th scope="row">
        {conditionName(name)}
        {missing && <span class="note">{missing}</span>}
        {judged && <span class="note">{judged}</span>}
        <Parts condition={condition} />
        {condition.beyond?.map((each) => (
          <span class="note bad-text" key={each.name}>
            {each.name}: {each.text}
          </span>
        ))}
      </th>
      <td class="num">
        {amount(name, value, true)}
        <Interval condition={condition} />
      </td>
      <td class="num">
        <span class="quiet">{sign(name)}</span> {amount(name, bound)}
      </td>
      <td>
        <Verdict state={state} />
        <span class="meter" aria-hidden="true">
          <span style={{ width: `${progress(condition) * 100}%` }} />
        </span>
      </td>
    </tr>
  );
}

/** Methods and path templates that differ and do not hold. */
function Parts({ condition: { parts = [] } }: { readonly condition: GateCondition }) {
  const open = parts.filter(({ state, mismatches }) => state !== "holds" && mismatches > 0);
  return open.slice(0, MOST_PARTS).map(({ name, comparisons, mismatches, state }) => (
    <span class={`note ${SUMMARY_LOOKS[state]}`} key={name}>
      <span class="mono">{name}</span>: {countText(mismatches)} of {countText(comparisons)} differ
    </span>
  ));
}

/** Between what the true value lies. A mismatch rate is shown as its upper end. */
function Interval({ condition: { name, interval } }: { readonly condition: GateCondition }) {
  if (interval === undefined || name === "maxMismatchRate") return null;
  const high = interval.high === null ? "anything" : amount(name, interval.high);
  return (
    <span class="note">
      {amount(name, interval.low)} to {high}
    </span>
  );
}

const VERDICTS = {
  holds: ["verdict verdict-good", "good", "holds"],
  fails: ["verdict verdict-bad", "bad", "does not hold"],
  unknown: ["verdict verdict-open", "info", "not known yet"],
} as const;

function Verdict({ state }: { readonly state: GateCondition["state"] }) {
  const [look, icon, text] = VERDICTS[state];
  return (
    <span class={look}>
      <Icon name={icon} />
      <span class="verdict-text">{text}</span>
    </span>
  );
}

/** What stands in a step's way besides its gate, which is shown condition by condition. */
export function otherReasons(reasons: readonly string[], gates: readonly GateReport[]): readonly string[] {
  if (gates.every(({ holds }) => holds)) return reasons;
  return reasons.filter((reason) => !reason.startsWith("the gate does not hold"));
}

/** In a few lines: each route, how many conditions hold, and the first thing missing. */
export function GateSummary({ gates }: { readonly gates: readonly GateReport[] }) {
  return (
    <ul class="gate-summary">
      {gates.map((gate) => {
        const { route, conditions } = gate;
        const missing = conditions.filter((condition) => !condition.holds);
        return (
          <li key={route}>
            <span class="mono">{route}</span>{" "}
            <span class={SUMMARY_LOOKS[stateOf(gate)]}>
              {conditions.length - missing.length} of {conditions.length} conditions hold
            </span>
            {missing.map((condition) => (
              <span class="note" key={condition.name}>
                {conditionName(condition.name)}: {condition.missing}
              </span>
            ))}
          </li>
        );
      })}
    </ul>
  );
}
