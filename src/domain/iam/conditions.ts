import { contains, parseIp, parseNetwork } from "../ip-address.ts";
import { factOf, type RequestFacts, UNKNOWN } from "./facts.ts";
import { type Glob, globOf, matchesGlob, type Steps } from "./glob.ts";

/** `unknown`: it cannot be told: an operator, a key or a value that is not known here. */
export type Holds = "yes" | "no" | "unknown";

/** One operator with one key and its values. */
export interface Condition {
  holds(facts: RequestFacts, steps: Steps): Holds;
}

/** Compares what the request has with one value of the policy. */
type Comparison = (fact: string, steps: Steps) => Holds;

const told = (holds: boolean): Holds => (holds ? "yes" : "no");
const CANNOT: Comparison = () => "unknown";

function text(literal: boolean, fold: boolean): (value: string) => Comparison {
  const folded = (value: string) => (fold ? value.toLowerCase() : value);
  return (value) => {
    const glob: Glob = globOf(folded(value), literal);
    return glob.unknown ? CANNOT : (fact, steps) => told(matchesGlob(glob, folded(fact), steps));
  };
}

function compared(
  parse: (text: string) => number,
  compare: (fact: number, value: number) => boolean,
): (value: string) => Comparison {
  return (value) => {
    const number = parse(value);
    if (Number.isNaN(number)) return CANNOT;
    return (fact) => {
      const asked = parse(fact);
      return Number.isNaN(asked) ? "unknown" : told(compare(asked, number));
    };
  };
}

const numberOf = (written: string) => (/^[+-]?\d+(?:\.\d+)?$/.test(written) ? Number(written) : Number.NaN);

/** ISO 8601, or seconds since 1970. */
function dateOf(written: string): number {
  if (/^\d{1,12}$/.test(written)) return Number(written) * 1000;
  return /^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?)?)?$/.test(written)
    ? Date.parse(written)
    : Number.NaN;
}

function network(value: string): Comparison {
  const net = parseNetwork(value.includes("/") ? value : `${value}/${value.includes(":") ? 128 : 32}`);
  if (net === undefined) return CANNOT;
  return (fact) => {
    const address = parseIp(fact);
    return address === undefined ? "unknown" : told(contains(net, address));
  };
}

function flag(value: string): Comparison {
  const wanted = value.toLowerCase();
  if (wanted !== "true" && wanted !== "false") return CANNOT;
  return (fact) => told(fact.toLowerCase() === wanted);
}

interface Operator {
  readonly compare: (value: string) => Comparison;
  /** It holds where none of the values does. */
  readonly negated?: boolean;
}

const ORDERS = {
  Equals: (a: number, b: number) => a === b,
  LessThan: (a: number, b: number) => a < b,
  LessThanEquals: (a: number, b: number) => a <= b,
  GreaterThan: (a: number, b: number) => a > b,
  GreaterThanEquals: (a: number, b: number) => a >= b,
} as const;

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["StringEquals", { compare: text(true, false) }],
  ["StringNotEquals", { compare: text(true, false), negated: true }],
  ["StringEqualsIgnoreCase", { compare: text(true, true) }],
  ["StringNotEqualsIgnoreCase", { compare: text(true, true), negated: true }],
  ["StringLike", { compare: text(false, false) }],
  ["StringNotLike", { compare: text(false, false), negated: true }],
  ["IpAddress", { compare: network }],
  ["NotIpAddress", { compare: network, negated: true }],
  ["Bool", { compare: flag }],
  ["NumericNotEquals", { compare: compared(numberOf, ORDERS.Equals), negated: true }],
  ["DateNotEquals", { compare: compared(dateOf, ORDERS.Equals), negated: true }],
  ...Object.entries(ORDERS).flatMap(([name, order]): [string, Operator][] => [
    [`Numeric${name}`, { compare: compared(numberOf, order) }],
    [`Date${name}`, { compare: compared(dateOf, order) }],
  ]),
]);

/** Whether one of the values has it, so far as it can be told. */
function some(comparisons: readonly Comparison[], fact: string, steps: Steps): Holds {
  let all: Holds = "no";
  for (const compare of comparisons) {
    const holds = compare(fact, steps);
    if (holds === "yes") return "yes";
    if (holds === "unknown") all = "unknown";
  }
  return all;
}

function negation(holds: Holds): Holds {
  return holds === "unknown" ? "unknown" : told(holds === "no");
}

function nullCondition(key: string, values: readonly string[]): Condition {
  return {
    holds(facts) {
      const fact = factOf(key, facts);
      const wanted = values.map((value) => value.toLowerCase());
      if (fact === UNKNOWN || wanted.some((value) => value !== "true" && value !== "false")) return "unknown";
      return told(wanted.includes(String(fact === undefined)));
    },
  };
}

/**
 * `[ForAnyValue:|ForAllValues:]OPERATOR[IfExists]` with a key and its values. Every key of a request has one value at most, so the
 * qualifiers differ only where there is none.
 */
export function conditionOf(written: string, key: string, values: readonly string[]): Condition {
  const [, qualifier, plain = "", exists] =
    /^(ForAnyValue:|ForAllValues:)?(\w*?)(IfExists)?$/.exec(written) ?? [];
  if (written === "Null") return nullCondition(key, values);
  const operator = OPERATORS.get(plain);
  if (operator === undefined) return { holds: () => "unknown" };
  const comparisons = values.map(operator.compare);
  const negated = operator.negated === true;
  const absent = told(
    exists !== undefined || qualifier === "ForAllValues:" || (negated && qualifier !== "ForAnyValue:"),
  );
  return {
    holds(facts, steps) {
      const fact = factOf(key, facts);
      if (fact === UNKNOWN) return "unknown";
      if (fact === undefined) return absent;
      const holds = some(comparisons, fact, steps);
      return negated ? negation(holds) : holds;
    },
  };
}
