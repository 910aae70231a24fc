import { z } from "zod";
import { parsePattern } from "../domain/json-path.ts";
import { MAX_PIN_MS } from "../domain/pins.ts";
import type { StickySource } from "../domain/route.ts";
import { compileTextPattern } from "../domain/text-pattern/index.ts";
import { guardsSchema } from "./guards-schema.ts";
import { headerChanges } from "./header-edit.ts";
import { choice, flag, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { matchSchema } from "./match-schema.ts";
import { routePoliciesSchema } from "./policies/index.ts";
import { samplesSchema } from "./samples-schema.ts";
import { duration, headerName, idText, percent, readSource, upstreamName } from "./scalars.ts";
import { shadowSchema } from "./shadow-schema.ts";

/** Checked against the captures of match.path later. */
function rewritePath() {
  const remedy = "write it like /v2/orders/{id}";
  return textLeaf("path template", remedy, (text) => text, "/[^?#\\s]*");
}

function pathPattern() {
  return textLeaf(
    "path pattern",
    "write it like $.items[*].etag",
    (text) => {
      const steps = parsePattern(text);
      return "problem" in steps ? new Wrong(steps.problem, steps.remedy) : text;
    },
    "[$/].*",
  );
}

function reasonText() {
  return textLeaf("text", "write why", (text) => text)
    .optional()
    .describe("Why, for people. A rule with a reason may hide much without being said.");
}

/** What any rule may say of itself. */
function ruleTerms() {
  return {
    reason: reasonText(),
    until: dayText()
      .optional()
      .describe("The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force."),
  };
}

function ignoreEntry() {
  const fields = z.strictObject({ path: pathPattern().describe("The path left out."), ...ruleTerms() });
  return z.union([pathPattern(), fields]);
}

function headerEntry() {
  const fields = z.strictObject({
    ignore: headerName().describe("A header that is not compared, listed or not, as long as this holds."),
    ...ruleTerms(),
  });
  return z.union([headerName(), fields]);
}

function arrayRule() {
  const remedy = "write the name of a member";
  const key = textLeaf("text", remedy, (text) =>
    text === "" ? new Wrong("an empty text is not a member's name", remedy) : text,
  );
  const fields = z
    .strictObject({
      key: key.optional().describe("The member that identifies an array's elements."),
      unordered: flag()
        .optional()
        .describe("true: the array is a set. This form is for a set that says why, or until when."),
      ...ruleTerms(),
    })
    .check(({ value, issues }) => {
      if ((value.key !== undefined) !== (value.unordered === true)) return;
      const params = { remedy: "write key: NAME or unordered: true" };
      issues.push({ code: "custom", path: ["key"], message: "is missing", params, input: value });
    });
  return z.union([choice(["unordered"], "write unordered, or { key: NAME }"), fields]);
}

function toleranceRule() {
  const amount = () => numberLeaf("number", { min: 0 });
  return z.union([amount(), z.strictObject({ by: amount().describe("The amount."), ...ruleTerms() })]);
}

function statusGroup() {
  const group = () => z.array(statusCode()).min(2);
  return z.union([group(), z.strictObject({ equal: group().describe("The statuses."), ...ruleTerms() })]);
}

function nullsRule() {
  const absent = () => choice(["absent"], "write absent, or leave the key out");
  return z.union([absent(), z.strictObject({ as: absent().describe("The same."), ...ruleTerms() })]);
}

const DAY = "write a day like 2027-01-31";

function dayText() {
  return textLeaf(
    "day",
    DAY,
    (text) => {
      const ms = Date.parse(`${text}T00:00:00Z`);
      const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(ms);
      // A day past its month's last would silently be another one.
      const isReal = isDay && new Date(ms).toISOString().startsWith(text);
      return isReal ? text : new Wrong("{value} is not a day", DAY);
    },
    "\\d{4}-\\d\\d-\\d\\d",
  );
}

function textPattern() {
  return textLeaf("text pattern", 'write one like nonce="[^"]*"', (text) => {
    const pattern = compileTextPattern(text);
    return "problem" in pattern ? new Wrong(pattern.problem, pattern.remedy) : text;
  });
}

const MAX_REPLACEMENT = 100;

function replacement() {
  const remedy = `write at most ${MAX_REPLACEMENT} characters`;
  return textLeaf("text", remedy, (text) =>
    text.length > MAX_REPLACEMENT
      ? new Wrong(`{value} has more than ${MAX_REPLACEMENT} characters`, remedy)
      : text,
  );
}

const statusCode = () => numberLeaf("status", { whole: true, min: 200, max: 999 });

const STICKY_LIKE = "write client, cookie:NAME, header:NAME or ip";

function stickySource() {
  return textLeaf(
    "sticky source",
    STICKY_LIKE,
    (text): StickySource | Wrong => {
      return readSource(text) ?? new Wrong("{value} is not a source of a sticky key", STICKY_LIKE);
    },
    "client|ip|(cookie|header):[^\\s]+",
  );
}

const sideSchema = z.union([
  upstreamName(),
  z.strictObject({
    upstream: upstreamName().describe("An upstream's name."),
    path: rewritePath()
      .optional()
      .describe(
        "Replaces the request's path. `{x}` inserts what match.path captured, as it was sent. The query is kept.",
      ),
    headers: headerChanges
      .optional()
      .describe("Fields that are removed and set for this side, after the route's."),
    rewriteAnswers: flag()
      .prefault(true)
      .describe(
        "Where the side has a path of its own: Location, Content-Location, Refresh and the Path of cookies in its answers are written back to the path that the client knows, and a cookie's Domain where it is the upstream's. false: they stay as they came.",
      ),
  }),
]);

/** Compared where a route says nothing. */
export const COMPARED_HEADERS: readonly string[] = ["content-type", "location", "vary", "www-authenticate"];

const compareSchema = z.strictObject({
  headers: z
    .array(headerEntry())
    .prefault([...COMPARED_HEADERS])
    .describe(
      "Response headers that are compared. `{ ignore: vary, reason, until }` takes one out of them; a list of such entries alone takes them out of the default.",
    ),
  ignore: z
    .array(ignoreEntry())
    .prefault([])
    .describe(
      "Paths left out of the comparison: `$.updatedAt`, `$.items[*].etag` of every element, `$.users.*.seen` of every member, `$..etag` at any depth. Or `{ path, reason, until }`.",
    ),
  arrays: z
    .record(pathPattern(), arrayRule())
    .prefault({})
    .describe(
      "How arrays are compared, by path: `unordered`, or by a `key`, or `{ key | unordered: true, reason, until }`. Left out: in order.",
    ),
  tolerance: z
    .record(pathPattern(), toleranceRule())
    .prefault({})
    .describe(
      "By how much numbers may differ, as an absolute amount, by path: `0.01`, or `{ by: 0.01, reason, until }`.",
    ),
  redact: z
    .array(pathPattern())
    .prefault([])
    .describe("Paths whose values are never stored. Credentials are never stored, listed or not."),
  samples: samplesSchema
    .prefault(5)
    .describe(
      "How many samples are kept for each mismatch path, spread over time. A sample has the differing values, cut to 256 bytes, and the request's method, path and query without credentials. 0: none. Or an object, where whole answers are wanted too.",
    ),
  status: z
    .array(statusGroup())
    .optional()
    .describe(
      "Statuses that count as equal, group by group: `[[404, 410]]`, or `[{ equal: [404, 410], reason, until }]`. The rest of such answers is compared, bodies too.",
    ),
  nulls: nullsRule()
    .optional()
    .describe(
      "`absent`, or `{ as: absent, reason, until }`: a member that is null equals one that is not there. Left out: they differ.",
    ),
  text: z
    .array(
      z.strictObject({
        replace: textPattern().describe(
          "What is replaced, wherever it stands: a pattern of characters, classes, groups, `|` and repeats. No anchors, lookaround or back references, so that it takes linear time.",
        ),
        with: replacement().prefault("").describe("What stands in its place, to the letter."),
        ...ruleTerms(),
      }),
    )
    .max(20)
    .optional()
    .describe(
      "Replaced in bodies of text that are no JSON (HTML, XML) before they are compared, in this order: a nonce, a time.",
    ),
  high: z
    .array(pathPattern())
    .min(1)
    .optional()
    .describe(
      "Paths whose differences are grave, such as `$.total`: what `guards.mismatches` goes by. What lies below them counts, and so does a part above them that is missing: the body too, where one side has none or one of another form, or answers with another class of status (404 in place of 200).",
    ),
  control: percent()
    .prefault(0)
    .describe(
      "Percent of the comparisons of safe requests for which legacy is asked once more, together with the shadow: what legacy itself answers differently is noise, and no mismatch. The first 200 of an evidence window all have one. 0: none.",
    ),
  legacyErrors: choice(["accept"], "write accept, or leave it out")
    .optional()
    .describe(
      "`accept`: legacy is known to be broken. Where it answers 5xx, whatever modern answers below 500 is a match; if both fail, they are compared. Left out: such a comparison is inconclusive where legacy serves.",
    ),
});

const fallbackSchema = z.union([
  choice(["legacy"], "write legacy, or { to: legacy, budget: PERCENT }"),
  z.strictObject({
    to: choice(["legacy"]).describe("The side that answers in modern's place."),
    budget: percent()
      .prefault(100)
      .describe(
        "The most fallbacks, in percent of the route's requests over the last 5 to 10 seconds. Ten are always allowed, and at 100 all are. Beyond it, modern's failures reach the client.",
      ),
  }),
]);

export const routeSchema = z.strictObject({
  id: idText("route id").describe("Its name in tables, commands, metrics and the ledger."),
  match: matchSchema.describe("Which requests it takes."),
  legacy: sideSchema
    .optional()
    .describe(
      "The side that serves at first: an upstream, or an upstream and a path. Left out: the default upstream.",
    ),
  modern: sideSchema.describe("The side that takes over: an upstream, or an upstream and a path."),
  cohort: idText("cohort")
    .optional()
    .describe("Routes of one cohort move a client together. Left out: the route's id."),
  sticky: z
    .array(stickySource())
    .min(1)
    .prefault(["ip"])
    .describe(
      "Where a client's key comes from: the first source that is there, of `client` (a cookie that the front door sets when a page is opened), `cookie:NAME`, `header:NAME` and `ip`.",
    ),
  start: z
    .strictObject({
      modern: percent().prefault(0).describe("Percent of clients that modern serves."),
      shadow: percent().prefault(0).describe("Percent of requests whose copy goes to the other side."),
    })
    .prefault({})
    .describe("The position while the ledger has no entry for this route."),
  retired: flag()
    .prefault(false)
    .describe("true: only modern serves, legacy is gone, and shifts are refused."),
  formerly: z
    .array(idText("route id"))
    .prefault([])
    .describe("Former ids of this route, so that its ledger continues."),
  resplit: choice(["accepted"], "write accepted, or leave it out")
    .optional()
    .describe(
      "`accepted`: a change of `cohort` or `sticky` may move clients while the route is splitting; it is written to the ledger. Left out: files with such a change are refused. Take it out again afterwards.",
    ),
  policies: routePoliciesSchema
    .prefault({})
    .describe(
      "What the front door does for this route besides. Each replaces the one of that name in fig.yaml; `false` removes it.",
    ),
  headers: headerChanges.optional().describe("Fields that are removed and set, on both sides."),
  pinAfterWrite: duration({ positive: true, maxMs: MAX_PIN_MS })
    .optional()
    .describe(
      "For so long after a side has answered an unsafe request of a client on this route, the client's safe requests go to that side, on all routes of the cohort, and are not compared: the other side's data may lag. At most 10m. Left out: the split alone decides.",
    ),
  guards: guardsSchema
    .optional()
    .describe(
      "What is watched while clients are on modern. Each part replaces the one of that name in fig.yaml; `false`: nothing is watched.",
    ),
  shadow: shadowSchema.prefault({}).describe("Copies sent to the side that does not serve."),
  compare: compareSchema.prefault({}).describe("How the two sides' answers are compared."),
  fallback: fallbackSchema
    .optional()
    .describe(
      "`legacy`: legacy answers what modern cannot. A safe request falls back when modern refuses, times out, breaks off or answers 502 to 504 before a byte of an answer went out. Any other request falls back only if no byte of it was sent to modern. A retired route never falls back. Left out: modern's failures reach the client.",
    ),
  errors: choice(["graphql", "grpc"], "write graphql or grpc, or leave it out")
    .optional()
    .describe(
      "What counts as an error besides 5xx and broken answers. `graphql`: an answer of 200 with errors at the top of its JSON, and any 4xx, since servers differ in which of the two they send. `grpc`: a call that ends with UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE or DATA_LOSS, or without a status. Left out: nothing.",
    ),
});

export type RouteInput = z.output<typeof routeSchema>;
