import type { Conversation } from "./socket-conversation.ts";

/** What serverless-offline made of the conversation, as it was recorded. */
export interface SocketRecord {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly said: Conversation;
}

/** Where two doors differ; `path`: in the event, or `heard`. */
interface SocketDifference {
  readonly row: string;
  readonly path: string;
  readonly theirs: string;
  readonly ours: string;
}

/** Values by path; lists are values. */
function leaves(value: unknown, path = ""): readonly (readonly [string, string])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, each]) =>
    leaves(each, path === "" ? name : `${path}.${name}`),
  );
}

export function socketDifferences(theirs: Conversation, ours: Conversation): readonly SocketDifference[] {
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].flatMap((row) => {
    const [their, our] = [new Map(leaves(theirs[row])), new Map(leaves(ours[row]))];
    return [...new Set([...their.keys(), ...our.keys()])]
      .map((path) => ({ row, path, theirs: their.get(path) ?? "absent", ours: our.get(path) ?? "absent" }))
      .filter((difference) => difference.theirs !== difference.ours)
      .map((difference) => ({ ...difference, path: difference.path.replace(/^event\./, "") }));
  });
}

interface SocketReason {
  readonly about: string;
  readonly holds: (difference: SocketDifference) => boolean;
  readonly theirs: string;
  readonly ours: string;
}

const at =
  (paths: RegExp, row?: string) =>
  ({ path, row: where }: SocketDifference) =>
    paths.test(path) && (row === undefined || row === where);

const FIELDS = "(?:headers|multiValueHeaders)";

export const SOCKET_REASONS: readonly SocketReason[] = [
  {
    about: "a name that no route has",
    holds: at(/^(?:heard|requestContext\.routeKey)$/, "a route that there is not"),
    theirs: "`routeKey` is the name",
    ours: '`$default`: a route key is a route that there is (developer guide, "Create routes for WebSocket APIs")',
  },
  {
    about: "`messageId`",
    holds: (difference) => difference.path === "requestContext.messageId" && difference.row.startsWith("$"),
    theirs: "`$connect` and `$disconnect` have one",
    ours: "messages alone have one",
  },
  {
    about: "the code and reason of the end",
    holds: at(/^requestContext\.disconnect(?:StatusCode|Reason)$/, "$disconnect"),
    theirs: "absent",
    ours: "`disconnectStatusCode`, `disconnectReason`",
  },
  {
    about: "who the client is",
    holds: at(/^requestContext\.identity\.(?!sourceIp$)/),
    theirs: "`userAgent` is null, and so are ten names of IAM and Cognito",
    ours: "`sourceIp` and `userAgent`; what nobody knows is left out",
  },
  {
    about: "names of the API",
    holds: at(/^requestContext\.(?:apiId|stage)$/),
    theirs: "`private` and `local`",
    ours: "the API's id, and its path: functions build their endpoint from `stage`. `names` says others",
  },
  {
    about: "fields of the connection",
    holds: at(new RegExp(`^${FIELDS}\\.(?:Connection|Upgrade|upgrade)$`), "$connect"),
    theirs: "`Connection` and `Upgrade` as sent",
    ours: "`upgrade` alone: they are of one connection, and this door's way on is another",
  },
  {
    about: "fields of the way here",
    holds: at(new RegExp(`^${FIELDS}\\.(?:x-forwarded-(?:for|proto|host)|via|x-request-id)$`), "$connect"),
    theirs: "absent",
    ours: "what every side gets of a request",
  },
  {
    about: "fields of `$disconnect`",
    holds: at(new RegExp(`^${FIELDS}\\.(?:x-api-key|x-restapi)$`), "$disconnect"),
    theirs: "`x-api-key` and `x-restapi`, empty, as API Gateway has them",
    ours: "`Host` alone: an empty key says nothing",
  },
];

export const socketReasonOf = (difference: SocketDifference) =>
  SOCKET_REASONS.find(({ holds }) => holds(difference));

/** A section of docs/functions-table.md. */
export function socketSection({ versions, date }: SocketRecord): string {
  const by = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(" on ");
  return `## Events of WebSocket APIs

One conversation with a [WebSocket API](how-to/websocket-api.md) (connecting, eleven messages, an end with 4001) was held with ${by}, recorded ${date}. The suite holds it with a front
door and compares all events and answers (\`test/e2e/websocket-peer.test.ts\`). Ids and times are not compared, but that they are there. These are all differences.

| in | serverless-offline | fig, and why |
| --- | --- | --- |
${SOCKET_REASONS.map(({ about, theirs, ours }) => `| ${about} | ${theirs} | ${ours} |`).join("\n")}
`;
}
