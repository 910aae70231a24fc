import { z } from "zod";
import { isToken } from "../../wire/grammar.ts";
import { flag, leaf, textLeaf, Wrong } from "../leaf.ts";
import { duration, size } from "../scalars.ts";

/** A year: what is fresh for longer is meant to be so for ever. */
const MAX_TTL_MS = 365 * 24 * 3_600_000;
const QUERY_LIKE = "write all, or a list of parameter names: [page, sort]";

const query = () =>
  leaf(
    {
      title: "all, or list of parameter names",
      anyOf: [{ const: "all" }, { type: "array", items: { type: "string" } }],
    },
    (value): "all" | readonly string[] | Wrong => {
      if (value === "all") return "all";
      return Array.isArray(value) && value.every((name): name is string => typeof name === "string")
        ? value
        : new Wrong("{value} is neither all nor a list of names", QUERY_LIKE);
    },
  );

const headerName = () =>
  textLeaf("header name", "write a header's name, like x-tenant", (text) =>
    isToken(text)
      ? text.toLowerCase()
      : new Wrong("{value} is not a header name", "write a header's name, like x-tenant"),
  );

const cookieName = () =>
  textLeaf("cookie name", "write a cookie's name, like lang", (text) =>
    isToken(text) ? text : new Wrong("{value} is not a cookie's name", "write a cookie's name, like lang"),
  );

const long = () => duration({ maxMs: MAX_TTL_MS });

export const cacheSchema = z.strictObject({
  ttl: long()
    .prefault(0)
    .describe(
      "How long an answer is fresh that says nothing of it: of status 200, 203, 204, 300, 301, 308 and 410. 0: such answers are not kept.",
    ),
  key: z
    .strictObject({
      query: query()
        .prefault("all")
        .describe(
          "`all`: the query as it was sent. A list: these parameters, in the order in which they were sent; others still reach the side.",
        ),
      headers: z
        .array(headerName())
        .prefault([])
        .describe("Request fields whose values make another answer, beside those that `Vary` names."),
      cookies: z
        .array(cookieName())
        .optional()
        .describe(
          "Cookies whose values make another answer; all others mean nothing. Left out: a request with cookies is given and leaves only answers that say `public` or `s-maxage`.",
        ),
      host: flag().prefault(true).describe("false: one answer for all hosts."),
    })
    .prefault({})
    .describe("What tells requests apart beside route, side and path."),
  staleWhileRevalidate: long()
    .prefault(0)
    .describe(
      "How long a stale answer is still given while the side is asked anew (RFC 5861), where the answer does not say so itself.",
    ),
  staleIfError: long()
    .prefault(0)
    .describe(
      "How long a stale answer is given where the side fails (RFC 5861), where the answer does not say so itself.",
    ),
  maxObject: size({ positive: true }).prefault("1MiB").describe("The largest body that is kept."),
  ignoreClientCacheControl: flag()
    .prefault(true)
    .describe(
      "true: a client cannot ask past the cache by Cache-Control or Pragma; `no-store` and `only-if-cached` still count. false: RFC 9111 §5.2.1 to the letter.",
    ),
});
