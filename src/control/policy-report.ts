import type { Clock } from "../domain/clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { FigError } from "../domain/errors.ts";
import { mostFirst } from "../domain/most-first.ts";
import { POLICY_ORDER, type PolicyName } from "../domain/policies.ts";
import { verdictKind } from "../domain/policy-verdicts.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { quoted } from "../domain/scrub.ts";
import type { ControlFacts, PoliciesQuery, PolicyCounts, PolicyReport, RoutePolicies } from "./contract.ts";

/** Readings are that far apart, so `lately` is over this time to twice as much. */
const APART_MS = 60_000;
/** An older reading says nothing of lately. */
const OLDEST_MS = 300_000;
/** For all who ask within it, counts are read once. */
const SHARED_MS = 500;
/** Keys of limits that are listed. */
const MAX_LIMITED = 50;

interface Reading extends PolicyCounts {
  /** The clock's ms. */
  readonly at: number;
}

interface Parts {
  readonly facts: Pick<ControlFacts, "config" | "policies">;
  readonly clock: Clock;
}

/** Counts of a front door, and what they were a minute or two ago: two readings, whoever asks. */
export class PolicyReports {
  private readonly facts: Parts["facts"];
  private readonly clock: Clock;
  private newest: { readonly at: number; readonly reading: Promise<Reading> } | undefined;
  /** What `lately` begins at, and what it will begin at next. */
  private base: Reading | undefined;
  private next: Reading | undefined;

  constructor({ facts, clock }: Parts) {
    this.facts = facts;
    this.clock = clock;
  }

  /** Throws `no_front_door` where nobody serves, and `unknown_route`. */
  async report(query: PoliciesQuery): Promise<PolicyReport> {
    const now = await this.read();
    const { base } = this;
    const config = this.facts.config();
    const wanted = query.query?.toLowerCase() ?? "";
    const rows = [...routesOf(config, now, base).values()].filter(
      ({ route }) =>
        (query.route === undefined || route === query.route) && route.toLowerCase().includes(wanted),
    );
    if (query.route !== undefined && rows.length === 0) checkKnown(config, query.route);
    return {
      at: new Date(now.at).toISOString(),
      seconds: base === undefined ? null : (now.at - base.at) / 1000,
      total: rows.length,
      routes: rows.sort(worstFirst).slice(query.offset, query.offset + query.limit),
      codes: codesOf(now, base),
      limited: limitedOf(now, base, query.route),
    };
  }

  private async read(): Promise<Reading> {
    const at = this.clock.now();
    // A clock that was set back shares nothing either.
    if (this.newest === undefined || Math.abs(at - this.newest.at) >= SHARED_MS) {
      const reading = this.take(at);
      this.newest = { at, reading };
      reading.catch(() => {
        if (this.newest?.reading === reading) this.newest = undefined;
      });
    }
    return this.newest.reading;
  }

  private async take(at: number): Promise<Reading> {
    if (this.facts.policies === undefined)
      throw new FigError(
        "no_front_door",
        "what policies said is in a front door's memory, and none answers",
        {
          remedy: "start it with `fig serve`, or name its admin address with --admin",
        },
      );
    const reading: Reading = { at, ...(await this.facts.policies()) };
    if (this.next === undefined || at < this.next.at || at - this.next.at > OLDEST_MS) {
      this.base = undefined;
      this.next = reading;
    } else if (this.base === undefined) this.base = this.next;
    else if (at - this.next.at >= APART_MS) {
      this.base = this.next;
      this.next = reading;
    }
    return reading;
  }
}

function checkKnown(config: FrontDoorConfig, id: string): void {
  if (id === DEFAULT_ROUTE_ID || config.routes.some((route) => route.id === id)) return;
  throw new FigError("unknown_route", `There is no route ${quoted(id)}.`, {
    remedy: "GET /api/v1/routes lists the ids.",
  });
}

/** Counters of a worker that ended, or of a process that began anew, are never less than nothing. */
function since(count: number, before: number | undefined, base: Reading | undefined): number | null {
  return base === undefined ? null : Math.max(0, count - (before ?? 0));
}

type Verdict = RoutePolicies["policies"][number]["verdicts"][number];

const MOST_GIVEN = mostFirst<Verdict>(
  ({ count }) => count,
  ({ verdict }) => verdict,
);
const MOST_ANSWERED = mostFirst<PolicyReport["codes"][number]>(
  ({ count }) => count,
  ({ code }) => code,
);
const MOST_LIMITED = mostFirst<PolicyReport["limited"][number]>(
  ({ count }) => count,
  ({ route, limit, key }) => `${route} ${limit} ${key}`,
);
interface Found {
  readonly inForce: Set<string>;
  readonly verdicts: Map<string, Verdict[]>;
}

/** Routes with a policy, of the files in force or of before, by id. */
function routesOf(config: FrontDoorConfig, now: Reading, base: Reading | undefined) {
  const found = new Map<string, Found>();
  const of = (id: string): Found => {
    const known = found.get(id) ?? { inForce: new Set(), verdicts: new Map() };
    found.set(id, known);
    return known;
  };
  for (const { id, policies } of [...config.routes, defaultRoute(config)])
    for (const name of Object.keys(policies ?? {})) of(id).inForce.add(name);
  for (const [key, count] of Object.entries(now.verdicts)) {
    const [id = "", policy = "", verdict = ""] = key.split("\t");
    const { verdicts } = of(id);
    const said: Verdict = {
      verdict,
      kind: verdictKind(policy, verdict) ?? "passed",
      count,
      lately: since(count, base?.verdicts[key], base),
    };
    verdicts.set(policy, [...(verdicts.get(policy) ?? []), said]);
  }
  return new Map([...found].map(([id, of]) => [id, rowOf(id, of, base !== undefined)]));
}

function rowOf(route: string, { inForce, verdicts }: Found, compared: boolean): RoutePolicies {
  const names = [...new Set([...inForce, ...verdicts.keys()])].sort(byOrder);
  const refused = [...verdicts.values()].flat().filter(({ kind }) => kind === "refused");
  return {
    route,
    policies: names.map((policy) => ({
      policy,
      inForce: inForce.has(policy),
      verdicts: (verdicts.get(policy) ?? []).sort(MOST_GIVEN),
    })),
    refused: refused.reduce((sum, { count }) => sum + count, 0),
    refusedLately: compared ? refused.reduce((sum, { lately }) => sum + (lately ?? 0), 0) : null,
  };
}

function byOrder(a: string, b: string): number {
  const place = (name: string) => POLICY_ORDER.indexOf(name as PolicyName);
  return place(a) - place(b);
}

function worstFirst(a: RoutePolicies, b: RoutePolicies): number {
  return (
    (b.refusedLately ?? 0) - (a.refusedLately ?? 0) ||
    b.refused - a.refused ||
    (a.route < b.route ? -1 : Number(a.route > b.route))
  );
}

function codesOf({ rejected }: Reading, base: Reading | undefined): PolicyReport["codes"] {
  return Object.entries(rejected)
    .map(([code, count]) => ({
      code,
      status: REFUSALS[code as RefusalCode]?.status ?? null,
      count,
      lately: since(count, base?.rejected[code], base),
    }))
    .filter(({ count }) => count > 0)
    .sort(MOST_ANSWERED);
}

/** Whom limits refused, most lately first. */
function limitedOf(
  { limited }: Reading,
  base: Reading | undefined,
  only: string | undefined,
): PolicyReport["limited"] {
  return Object.entries(limited)
    .map(([name, count]) => {
      const [route = "", limit = "", key = ""] = name.split("\t");
      return { route, limit, key, count, lately: since(count, base?.limited[name], base) };
    })
    .filter(({ route }) => only === undefined || route === only)
    .sort((a, b) => (b.lately ?? 0) - (a.lately ?? 0) || MOST_LIMITED(a, b))
    .slice(0, MAX_LIMITED);
}
