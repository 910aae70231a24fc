import type { Identity } from "../domain/identity.ts";
import type { RawHeaders } from "../domain/message.ts";
import {
  type LimitRule,
  type LimitSource,
  type MeterDefinition,
  metersOf,
  type Plan,
  sourceText,
} from "../domain/policies/limit.ts";
import { type FieldItem, fieldItems, rateLimitPolicy } from "../domain/policies/rate-limit-fields.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { LayerTools, LimitDesk, Limiter } from "./contract.ts";
import { type LimitClient, limitKey, shownKey } from "./limit-key.ts";

/** A request's limits: those of its route, or of its key's plan. */
export interface LimitSet {
  readonly limiter: Limiter;
  /** A key for each meter. */
  keys(headers: RawHeaders, client: LimitClient): readonly string[];
  /** Of each meter, in the limiter's order: what it refuses with, how `fig explain` calls it, and its item in the fields. */
  readonly codes: readonly RefusalCode[];
  readonly names: readonly string[];
  readonly items: readonly (FieldItem | undefined)[];
  /** RateLimit-Policy; "": answers carry no fields. */
  readonly policy: string;
  /** Requests under way are counted. */
  readonly concurrent: boolean;
  /** Notes whom the meter at this place refused. */
  refused(at: number, headers: RawHeaders, client: LimitClient): void;
}

export interface CompiledLimits {
  /** Undefined: nothing is limited. */
  of(identity: Identity | undefined): LimitSet | "plan_missing" | undefined;
  close(): void;
}

/** A meter, and where its key comes from. */
interface Part {
  readonly meter: MeterDefinition;
  readonly key: readonly LimitSource[];
  readonly name: string;
  readonly item: FieldItem | undefined;
}

const CODES = { rate: "rate_limited", quota: "quota_exceeded", concurrent: "concurrency_limited" } as const;
const API_KEY: readonly LimitSource[] = [{ kind: "apiKey" }];

/** Undefined: the route's requests are not limited. */
export function compileLimits(
  { id, policies }: RouteDefinition,
  { limits, plans }: Pick<LayerTools, "limits" | "plans">,
): CompiledLimits | undefined {
  const rules = policies?.limit;
  const planned = Object.keys(plans).length > 0;
  if (rules === undefined && !(planned && asksForKeys(policies))) return undefined;
  const own = (rules ?? []).flatMap((rule, at) => partsOf(rule, `route ${id}\t${at}`));
  const open = (parts: readonly Part[]) => (parts.length === 0 ? undefined : setOf(parts, id, limits));
  const ownSet = open(own);
  const sets = new Map(
    Object.entries(plans).map(([name, plan]) => [
      name,
      plan.limit === undefined ? ownSet : open(withPlan(plan.limit, own, scopeOf(name, plan, id))),
    ]),
  );
  return {
    of(identity) {
      const plan = identity?.apiKey?.plan;
      if (plan === undefined || !planned) return ownSet;
      return sets.has(plan) ? sets.get(plan) : "plan_missing";
    },
    close() {
      for (const set of new Set([ownSet, ...sets.values()])) set?.limiter.close();
    },
  };
}

/** A policy that may find an API key. */
function asksForKeys(policies: object | undefined): boolean {
  return policies !== undefined && ("apiKeys" in policies || "authorizer" in policies);
}

function scopeOf(name: string, { perRoute }: Plan, route: string): string {
  return perRoute ? `plan ${name}\troute ${route}` : `plan ${name}`;
}

/** The plan's rate and quotas in place of the route's; what may be under way at once is the route's where the plan does not say. */
function withPlan(rule: LimitRule, own: readonly Part[], scope: string): readonly Part[] {
  const kept = rule.concurrent === undefined ? own.filter(({ meter }) => meter.kind === "concurrent") : [];
  return [...partsOf({ ...rule, key: API_KEY }, scope), ...kept];
}

function partsOf(rule: LimitRule, scope: string): readonly Part[] {
  const items = fieldItems(rule);
  const of = rule.key.length === 0 ? "" : ` by ${rule.key.map(sourceText).join(" and ")}`;
  return metersOf(rule, scope).map((meter, at) => ({
    meter,
    key: rule.key,
    name: `${wordsOf(meter, rule)}${of}`,
    item: rule.headers ? items[at] : undefined,
  }));
}

function wordsOf(meter: MeterDefinition, { rate }: LimitRule): string {
  if (meter.kind === "rate") return `${rate?.text}, burst ${rate?.burst}`;
  return meter.kind === "quota" ? `${meter.amount}/${meter.period}` : `${meter.most} at once`;
}

function setOf(parts: readonly Part[], route: string, desk: LimitDesk): LimitSet {
  const items = parts.map(({ item }) => item);
  const first = (parts[0] as Part).key;
  const same = parts.every(({ key }) => key === first);
  return {
    limiter: desk.open(parts.map(({ meter }) => meter)),
    keys: same
      ? (headers, client) => {
          const key = limitKey(first, headers, client);
          return parts.length === 1 ? [key] : parts.map(() => key);
        }
      : (headers, client) => parts.map(({ key }) => limitKey(key, headers, client)),
    codes: parts.map(({ meter }) => CODES[meter.kind]),
    names: parts.map(({ name }) => name),
    items,
    policy: rateLimitPolicy(items),
    concurrent: parts.some(({ meter }) => meter.kind === "concurrent"),
    refused(at, headers, client) {
      const { name, key } = parts[at] as Part;
      desk.refused.add(`${route}\t${name}\t${shownKey(key, headers, client)}`);
    },
  };
}
