import type { PeerRecord } from "./peer.ts";

/** Where serverless-offline is another than expected, and why fig is as it is. */
interface Reason {
  /** What the difference is in. */
  readonly about: string;
  /** Of a path in an event, or of the name of an answer's row. */
  readonly holds: (what: Difference) => boolean;
  readonly theirs: string;
  readonly ours: string;
}

export interface Difference {
  readonly kind: "event" | "answer";
  /** `1.0 a path`. */
  readonly row: string;
  /** In an event; "" of an answer. */
  readonly path: string;
  readonly theirs: unknown;
}

const inEvents =
  (payload: string, ...paths: readonly string[]) =>
  ({ kind, row, path }: Difference) =>
    kind === "event" && row.startsWith(payload) && paths.includes(path);

const ofAnswers =
  (...rows: readonly string[]) =>
  ({ kind, row }: Difference) =>
    kind === "answer" && rows.includes(row);

export const REASONS: readonly Reason[] = [
  {
    about: "the path of 1.0's context",
    holds: inEvents("1.0", "requestContext.path"),
    theirs: "without the stage",
    ours: "the stage stands in front [LS, REST]",
  },
  {
    about: "the resource's path",
    holds: inEvents("1.0", "requestContext.resourcePath"),
    theirs: "`{proxy*}`, as its server writes it",
    ours: "`{proxy+}` [REST]",
  },
  {
    about: "the path",
    holds: inEvents("", "path", "rawPath", "requestContext.http.path"),
    theirs: "without a slash at the end; of all escapes `%2B` alone is decoded",
    ours: "as it was sent, as REST APIs have it [LS]; 2.0 too, as function URLs have it",
  },
  {
    about: "parameters of the path",
    holds: inEvents("", "pathParameters"),
    theirs: "decoded, without a slash at the end",
    ours: "as sent [LS]; of 1.0 a greedy one has no slash at the end [LS]",
  },
  {
    about: "a query with an empty value beside another",
    holds: ({ row, path }) => row === "2.0 an empty value and another" && path === "queryStringParameters",
    theirs: "the empty one is lost",
    ours: "both, with a comma [HTTP]",
  },
  {
    about: "what there is none of, in 2.0",
    holds: ({ row, path, theirs }) =>
      row.startsWith("2.0") &&
      (path === "$keys" || theirs === null || (path === "cookies" && JSON.stringify(theirs) === "[]")),
    theirs: "null, or an empty list",
    ours: "left out [HTTP]",
  },
  {
    about: "the raw query",
    holds: inEvents("2.0", "rawQueryString"),
    theirs: "written anew from what was decoded",
    ours: "as it was sent [HTTP]",
  },
  {
    about: "a field twice, in 2.0",
    holds: inEvents("2.0", "headers.x-a"),
    theirs: "the last value",
    ours: "all, with commas [HTTP]",
  },
  {
    about: "cookies, in 2.0",
    holds: inEvents("2.0", "headers.cookie"),
    theirs: "in `headers` too",
    ours: "in `cookies` alone [HTTP]",
  },
  {
    about: "who signed",
    holds: inEvents("1.0", "requestContext.identity.user", "requestContext.identity.accountId"),
    theirs: "constants of its own",
    ours: "null: nobody did [REST]",
  },
  {
    about: "bodies that are no text",
    holds: inEvents("", "body", "isBase64Encoded"),
    theirs: "taken for text, and broken",
    ours: "base64, on purpose without `binaryMediaTypes`",
  },
  {
    about: "a name in `headers` and `multiValueHeaders`",
    holds: ofAnswers("1.0 a name in both, cased otherwise: all of it, under the name that came first"),
    theirs: "one field, `headers` first",
    ours: "each value a field, `multiValueHeaders` first [LS]",
  },
  {
    about: "a header's value that is null",
    holds: ofAnswers("1.0 a value of null"),
    theirs: "the word `null`",
    ours: "no such field",
  },
  {
    about: "fields of one connection, from a function",
    holds: ofAnswers("1.0 fields of one connection"),
    theirs: "passed on: the body comes chunked twice",
    ours: "dropped: how an answer is framed is not the function's to say",
  },
  {
    about: "null returned, in 2.0",
    holds: ofAnswers("2.0 null"),
    theirs: "500",
    ours: "200 with `null`: JSON of the value [HTTP]",
  },
  {
    about: "answers that are none",
    holds: ({ kind, theirs }) =>
      kind === "answer" &&
      Array.isArray(theirs) &&
      (theirs[0] === 200 || theirs[0] === 500) &&
      theirs[2] === "",
    theirs: "200 with whatever there is, or 500",
    ours: "502 [LS]",
  },
];

/** Every difference of a recording. */
export function differencesOf({ events, answers }: PeerRecord): readonly Difference[] {
  return [
    ...Object.entries(events).flatMap(([row, paths]) =>
      Object.entries(paths ?? { "": "it did not ask the function" }).map(
        ([path, theirs]): Difference => ({ kind: "event", row, path, theirs }),
      ),
    ),
    ...Object.entries(answers).map(
      ([row, theirs]): Difference => ({ kind: "answer", row, path: "", theirs }),
    ),
  ];
}

/** The first that holds; undefined: nobody said why. */
export const reasonOf = (difference: Difference) => REASONS.find(({ holds }) => holds(difference));
