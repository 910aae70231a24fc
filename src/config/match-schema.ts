import { z } from "zod";
import { templateOf } from "../routing/index.ts";
import { EXACT, fieldValue } from "./header-edit.ts";
import { choice, flag, textLeaf, Wrong } from "./leaf.ts";
import { headerName, matchHost, method } from "./scalars.ts";

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

function queryValue() {
  return textLeaf("text", EXACT, (text) =>
    /[\0\r\n]/.test(text) ? new Wrong("{value} has a control character", EXACT) : text,
  );
}

function operationName() {
  const remedy = "write GetCart, or cart.get";
  return textLeaf(
    "name of an operation",
    remedy,
    (text) =>
      /^[\w.:$/-]{1,256}$/.test(text) ? text : new Wrong("{value} is not the name of an operation", remedy),
    "[A-Za-z0-9_.:$/-]{1,256}",
  );
}

/** `match` of a route. */
export const matchSchema = z.strictObject({
  path: matchPath().describe(
    "Path template: literal segments, `{x}` for one non-empty segment, `{x+}` for the rest (at least one).",
  ),
  methods: z.array(method()).min(1).optional().describe("Methods, in capitals. Left out: all."),
  host: matchHost().optional().describe("Host without port. Left out: any."),
  headers: z
    .record(headerName(), fieldValue())
    .prefault({})
    .describe("Headers that the request must have, exactly once and with exactly this value."),
  query: z
    .record(z.string(), queryValue())
    .prefault({})
    .describe(
      "Query parameters that the request must have. The first of each name counts, decoded once, with exactly this value.",
    ),
  operations: z
    .array(operationName())
    .min(1)
    .optional()
    .describe(
      "Operations of GraphQL by name, or methods of JSON-RPC: requests that ask for these alone, by POST with JSON or in the query. The body is read up to 256 KiB before a side is asked. What names none, or others too, goes to the path's other routes. Left out: whatever is asked for.",
    ),
  encodedSlash: choice(["reject", "keep"])
    .prefault("reject")
    .describe(
      "`keep`: a segment may hold `%2F`, however often it is encoded. It says that both sides read paths as they are sent. `reject`: such a path is ambiguous if a server that decodes it would choose another route.",
    ),
  caseSensitive: flag()
    .prefault(true)
    .describe(
      "false: the path's literals match in upper and lower case (ASCII letters). What is forwarded is what came.",
    ),
  trailingSlash: choice(["exact", "any"])
    .prefault("exact")
    .describe("`any`: the path matches with and without a slash at its end. What is forwarded is what came."),
});
