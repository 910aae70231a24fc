import { z } from "zod";
import { isToken } from "../../wire/grammar.ts";
import { flag, textLeaf, Wrong } from "../leaf.ts";
import { duration, headerName } from "../scalars.ts";

const ORIGIN_LIKE =
  "write an origin as browsers send it, like https://shop.example.com or http://localhost:5173; https://*.example.com, http://localhost:*, https://* or * for several";
const LABEL = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?";
const HOST = `${LABEL}(?:\\.${LABEL})*`;
const ORIGIN = new RegExp(
  `^[a-z][a-z0-9+.-]*://(?:\\*|(?:(?:\\*\\.)?${HOST}|\\[[0-9a-f:.]+\\])(?::(?:\\d{1,5}|\\*))?)$`,
);
const OWN_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

const origin = () =>
  textLeaf("origin", ORIGIN_LIKE, (text) => {
    const lower = text.toLowerCase();
    if (lower === "*" || lower === "null") return lower;
    if (!ORIGIN.test(lower)) return new Wrong("{value} is not an origin", ORIGIN_LIKE);
    const [scheme = "", port] = [lower.slice(0, lower.indexOf(":")), /:(\d+)$/.exec(lower)?.[1]];
    // A browser leaves it out.
    if (port !== undefined && OWN_PORTS[scheme] === port)
      return new Wrong("{value} names the scheme's own port, which browsers leave out", "leave the port out");
    return lower;
  });

const METHOD_LIKE = "write a method in capitals, like PUT, or *";

const method = () =>
  textLeaf("method", METHOD_LIKE, (text) =>
    isToken(text) && text === text.toUpperCase() ? text : new Wrong("{value} is not a method", METHOD_LIKE),
  );

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

export const corsSchema = z
  .strictObject({
    allowOrigins: z
      .array(origin())
      .min(1)
      .describe(
        "The origins whose pages may read answers: exact, `https://*.example.com` for every name below it, `http://localhost:*` for every port, `https://*` for every host, or `*`. Pages of others cannot open a WebSocket of `websockets`, unless they are of its own host.",
      ),
    allowMethods: z
      .array(method())
      .min(1)
      .prefault(METHODS)
      .describe("What preflights are told; `*`: the method that they announce."),
    allowHeaders: z
      .array(headerName())
      .prefault([])
      .describe("The request fields that pages may set; `*`: those that the preflight announces."),
    exposeHeaders: z
      .array(headerName())
      .prefault([])
      .describe("The answers' fields that pages may read beside those that every page may."),
    allowCredentials: flag()
      .prefault(false)
      .describe("Pages may send cookies and passwords, and read what comes. Not with `*`."),
    maxAge: duration()
      .optional()
      .describe(
        "How long a browser may keep what a preflight said. Left out: as long as it likes, 5 s mostly.",
      ),
    allowPrivateNetwork: flag()
      .prefault(false)
      .describe("Preflights that ask for it are told that pages of public networks may come."),
  })
  .transform(({ maxAge, ...policy }) => ({
    ...policy,
    maxAgeSeconds: maxAge === undefined ? undefined : Math.floor(maxAge / 1000),
  }))
  .superRefine((policy, context) => {
    if (!policy.allowCredentials) return;
    const everybody = policy.allowOrigins.find((one) => one === "null" || /^(?:\*|[^*]*:\/\/\*)$/.test(one));
    const wrong = (path: (string | number)[], message: string, remedy: string, input: unknown) =>
      context.addIssue({ code: "custom", path, message, params: { remedy }, input });
    if (everybody !== undefined)
      wrong(
        ["allowOrigins", policy.allowOrigins.indexOf(everybody)],
        `{value} with allowCredentials would let every page read what is its visitors' own`,
        "name the origins, such as https://*.example.com, or leave allowCredentials out",
        everybody,
      );
    if (policy.exposeHeaders.includes("*"))
      wrong(
        ["exposeHeaders", policy.exposeHeaders.indexOf("*")],
        "{value} means a field of that name where allowCredentials is true",
        "name the fields",
        "*",
      );
  });
