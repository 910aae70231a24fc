import { z } from "zod";
import { parsePathPattern } from "../domain/json-path.ts";
import type { StickySource } from "../domain/route.ts";
import { templateOf } from "../routing/index.ts";
import { choice, flag, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import {
  duration,
  headerName,
  idText,
  isToken,
  matchHost,
  method,
  percent,
  size,
  upstreamName,
} from "./scalars.ts";

const PATH_LIKE = "write it like /api/orders/{id} or /files/{rest+}";

function matchPath() {
  return textLeaf(
    "path template",
    PATH_LIKE,
    (text) => {
      const template = templateOf(text);
      return "problem" in template ? new Wrong(template.problem, template.remedy) : text;
    },
    "/[^?#\\s]*",
  );
}

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
      const steps = parsePathPattern(text);
      return "problem" in steps ? new Wrong(steps.problem, steps.remedy) : text;
    },
    "\\$.*",
  );
}

function conditionValue() {
  const remedy = 'write the exact value, numbers in quotes: "2"';
  return textLeaf("text", remedy, (text) =>
    /[\0\r\n]/.test(text) ? new Wrong("{value} has a control character", remedy) : text,
  );
}

const STICKY_LIKE = "write cookie:NAME, header:NAME or ip";

function stickySource() {
  return textLeaf(
    "sticky source",
    STICKY_LIKE,
    (text): StickySource | Wrong => {
      if (text === "ip") return { kind: "ip" };
      const [, kind, name = ""] = /^(cookie|header):(.*)$/s.exec(text) ?? [];
      if (kind === undefined || !isToken(name))
        return new Wrong("{value} is not a source of a sticky key", STICKY_LIKE);
      return kind === "cookie" ? { kind, name } : { kind: "header", name: name.toLowerCase() };
    },
    "ip|(cookie|header):[^\\s]+",
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
  }),
]);

const matchSchema = z.strictObject({
  path: matchPath().describe(
    "Path template: literal segments, `{x}` for one non-empty segment, `{x+}` for the rest (at least one).",
  ),
  methods: z.array(method()).min(1).optional().describe("Methods, in capitals. Left out: all."),
  host: matchHost().optional().describe("Host without port. Left out: any."),
  headers: z
    .record(headerName(), conditionValue())
    .prefault({})
    .describe("Headers that the request must have, exactly once and with exactly this value."),
  query: z
    .record(z.string(), conditionValue())
    .prefault({})
    .describe(
      "Query parameters that the request must have. The first of each name counts, decoded once, with exactly this value.",
    ),
});

const shadowSchema = z.strictObject({
  writes: choice(["never", "idempotent", "sandboxed"])
    .prefault("never")
    .describe(
      "Which unsafe methods may be shadowed while modern is 0: none, PUT and DELETE, or every method.",
    ),
  timeout: duration({ positive: true }).prefault("5s").describe("How long a shadow may take."),
  maxBody: size({ positive: true })
    .prefault("1MiB")
    .describe("The largest body, of the request and of each answer. A larger one is not compared."),
  concurrency: numberLeaf("count", { whole: true, min: 1, max: 10_000 })
    .prefault(64)
    .describe("How many shadows of this route may run at once. More wait, and then are shed."),
});

const compareSchema = z.strictObject({
  headers: z
    .array(headerName())
    .prefault(["content-type", "location", "vary", "www-authenticate"])
    .describe("Response headers that are compared."),
  ignore: z
    .array(pathPattern())
    .prefault([])
    .describe("Paths left out of the comparison: `$.updatedAt`, `$.items[*].etag`."),
  arrays: z
    .record(
      pathPattern(),
      z.union([
        choice(["unordered"], "write unordered, or { key: NAME }"),
        z.strictObject({
          key: textLeaf("text", "write the name of a member", (text) =>
            text === ""
              ? new Wrong("an empty text is not a member's name", "write the name of a member")
              : text,
          ).describe("The member that identifies an array's elements."),
        }),
      ]),
    )
    .prefault({})
    .describe("How arrays are compared, by path: `unordered`, or by a `key`. Left out: in order."),
  tolerance: z
    .record(pathPattern(), numberLeaf("number", { min: 0 }))
    .prefault({})
    .describe("By how much numbers may differ, as an absolute amount, by path."),
  redact: z
    .array(pathPattern())
    .prefault([])
    .describe("Paths whose values are never stored. Credentials are never stored, listed or not."),
  samples: numberLeaf("count", { whole: true, min: 0, max: 100 })
    .prefault(5)
    .describe(
      "How many samples are kept for each mismatch path. A sample has only the differing values, cut to 256 bytes. 0: none.",
    ),
});

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
      "Where a client's key comes from: the first source that is there, of `cookie:NAME`, `header:NAME` and `ip`.",
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
  shadow: shadowSchema.prefault({}).describe("Copies sent to the side that does not serve."),
  compare: compareSchema.prefault({}).describe("How the two sides' answers are compared."),
});

export type RouteInput = z.output<typeof routeSchema>;

/** One file of the routing table. */
export const routesFileSchema = z.strictObject({
  routes: z
    .array(routeSchema)
    .prefault([])
    .describe("The routes, in any order. The most specific match takes precedence."),
});
