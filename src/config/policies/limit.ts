import { z } from "zod";
import { paceOf } from "../../domain/policies/gcra.ts";
import type { LimitQuota, LimitRate, LimitRule, LimitSource, Plan } from "../../domain/policies/limit.ts";
import { QUOTA_PERIODS } from "../../domain/policies/utc-window.ts";
import { isToken } from "../../wire/grammar.ts";
import { flag, numberLeaf, textLeaf, Wrong } from "../leaf.ts";

const RATE_LIKE = "write requests per second, minute or hour: 100/s, 2.5/m or 1000/h";
const PERIOD_MICROS = { s: 1e6, m: 60e6, h: 3600e6 } as const;
/** Beyond this a rate is no limit that anybody means, and not counted exactly. */
const MAX_REQUESTS = 1_000_000_000;
const MAX_NAME = 64;

const rate = () =>
  textLeaf(
    "rate",
    RATE_LIKE,
    (text) => {
      const [, amount = "", unit = ""] = /^(\d{1,10}(?:\.\d{1,3})?)\s*\/\s*([smh])$/.exec(text.trim()) ?? [];
      const micros = PERIOD_MICROS[unit as keyof typeof PERIOD_MICROS];
      if (micros === undefined) return new Wrong("{value} is not a rate", RATE_LIKE);
      const number = Number(amount);
      return number > 0 && number <= MAX_REQUESTS
        ? { text: `${number}/${unit}`, amount: String(number), micros }
        : new Wrong("{value} is out of range", `${RATE_LIKE}, above 0 and at most ${MAX_REQUESTS}`);
    },
    "\\d{1,10}(\\.\\d{1,3})?\\s*/\\s*[smh]",
  );

const QUOTA_LIKE = "write requests per calendar day, week or month: 10000/day";

const quota = () =>
  textLeaf(
    "quota",
    QUOTA_LIKE,
    (text): LimitQuota | Wrong => {
      const [, amount, word] = /^(\d{1,12})\s*\/\s*([a-z]+)$/.exec(text.trim()) ?? [];
      const period = QUOTA_PERIODS.find((each) => each === word);
      if (period === undefined || Number(amount) < 1) return new Wrong("{value} is not a quota", QUOTA_LIKE);
      return { amount: Number(amount), period };
    },
    "\\d{1,12}\\s*/\\s*(day|week|month)",
  );

const KEY_LIKE = "write apiKey, claim:NAME, header:NAME, cookie:NAME, client or ip";

const source = () =>
  textLeaf("source", KEY_LIKE, readLimitSource, "apiKey|client|ip|(claim|header|cookie):.+");

function readLimitSource(text: string): LimitSource | Wrong {
  if (text === "apiKey" || text === "client" || text === "ip") return { kind: text };
  const [, kind, name = ""] = /^(claim|header|cookie):(.+)$/s.exec(text) ?? [];
  if (kind === "claim" && !/\p{C}/u.test(name)) return { kind, name };
  if (kind === "header" && isToken(name)) return { kind, name: name.toLowerCase() };
  if (kind === "cookie" && isToken(name)) return { kind, name };
  return new Wrong("{value} is no part of a request that a limit can go by", KEY_LIKE);
}

const NAME_LIKE = `write letters, digits and . _ -, at most ${MAX_NAME}`;

const ruleName = () =>
  textLeaf("name", NAME_LIKE, (text) =>
    /^[A-Za-z0-9._-]+$/.test(text) && text.length <= MAX_NAME
      ? text
      : new Wrong("{value} is not a limit's name", NAME_LIKE),
  );

const counted = {
  rate: rate()
    .optional()
    .describe("Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`."),
  burst: numberLeaf("count", { whole: true, min: 1, max: MAX_REQUESTS })
    .optional()
    .describe(
      "Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up.",
    ),
  quota: z
    .union([quota(), z.array(quota()).min(1)])
    .optional()
    .describe(
      "Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several.",
    ),
  concurrent: numberLeaf("count", { whole: true, min: 1, max: 1_000_000 })
    .optional()
    .describe("Requests under way at once, over all front doors of a state on Redis."),
  headers: flag()
    .prefault(true)
    .describe("Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not."),
  name: ruleName()
    .optional()
    .describe("What those fields call the limit. Left out: `default`, then `limit-2` and so on."),
};

const ruleShape = z.strictObject({
  ...counted,
  key: z
    .union([source(), z.array(source()).min(1)])
    .optional()
    .describe(
      "Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route.",
    ),
});
const planShape = z.strictObject(counted);

type Written = z.output<typeof planShape> & Partial<Pick<z.output<typeof ruleShape>, "key">>;
type RawIssues = z.core.ParsePayload["issues"];

const rule = ruleShape.transform((written, { issues }) => ruleOf(written, issues));

function ruleOf(
  written: Written,
  issues: RawIssues,
): Omit<LimitRule, "name"> & { readonly name?: string | undefined } {
  const { key = [], quota: quotas = [], concurrent, headers, name } = written;
  const wrong = (message: string, remedy: string, ...path: string[]) => {
    issues.push({ code: "custom", message, params: { remedy }, input: written, path });
  };
  if (written.rate === undefined && written.burst !== undefined)
    wrong("a burst goes with a rate, and there is none", "write rate too, like 100/s", "burst");
  const list = Array.isArray(quotas) ? quotas : [quotas];
  if (written.rate === undefined && list.length === 0 && concurrent === undefined)
    wrong("the limit limits nothing", "write rate, quota or concurrent");
  if (new Set(list.map(({ period }) => period)).size < list.length)
    wrong("two quotas are of one period", "keep the smaller of them", "quota");
  return {
    name,
    key: Array.isArray(key) ? key : [key],
    rate: written.rate === undefined ? undefined : rateOf(written.rate, written.burst, wrong),
    quotas: list,
    concurrent,
    headers,
  };
}

function rateOf(
  { text, amount, micros }: z.output<ReturnType<typeof rate>>,
  written: number | undefined,
  wrong: (message: string, remedy: string, ...path: string[]) => void,
): LimitRate | undefined {
  const burst = written ?? Math.ceil(Number(amount));
  const pace = paceOf(amount, micros, burst);
  if (pace !== undefined) return { text, burst, pace };
  wrong(
    `${text} with a burst of ${burst} is more than can be counted exactly`,
    "write a smaller burst, or a rate with fewer digits",
    "rate",
  );
  return undefined;
}

function named(rules: readonly ReturnType<typeof ruleOf>[], issues: RawIssues): readonly LimitRule[] {
  const all = rules.map((each, at) => ({
    ...each,
    name: each.name ?? (at === 0 ? "default" : `limit-${at + 1}`),
  }));
  if (new Set(all.map(({ name }) => name)).size < all.length)
    issues.push({
      code: "custom",
      message: "two limits have one name",
      params: { remedy: "give each a name of its own" },
      input: rules,
      path: [],
    });
  return all;
}

/** One limit, or several. */
export const limitSchema = z
  .union([rule, z.array(rule).min(1)])
  .transform((one, { issues }) => named(Array.isArray(one) ? one : [one], issues));

const PLAN_LIKE = "write letters, digits and . _ -, like gold";

const planName = () =>
  textLeaf("plan", PLAN_LIKE, (text) =>
    /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(text)
      ? text
      : new Wrong("{value} is not a plan's name", PLAN_LIKE),
  );

const plan = z.strictObject({
  limit: planShape
    .transform((written, { issues }) => ruleOf(written, issues))
    .optional()
    .describe(
      "What each key of this plan may ask, in place of the rates and quotas of routes. Left out: theirs hold.",
    ),
  perRoute: flag()
    .prefault(false)
    .describe("true: the limit is counted for each route by itself. false: over all routes together."),
});

export const plansSchema = z
  .record(planName(), plan)
  .transform(
    (plans): Readonly<Record<string, Plan>> =>
      Object.fromEntries(
        Object.entries(plans).map(([name, { limit, perRoute }]) => [
          name,
          { perRoute, limit: limit && { ...limit, name: limit.name ?? name } },
        ]),
      ),
  );
