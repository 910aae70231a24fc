// Writes docs/reference/access-log.md from the table of names that the formats of the access log may use.
// --check: only says whether it is current.
import { NAMED_FORMATS } from "../src/domain/log-format.ts";
import { LOG_FAMILIES, LOG_NAMES, LOG_VALUES } from "../src/domain/log-names.ts";
import { writeFiles } from "./written-files.mjs";

/** What each value is. */
const MEANS = {
  requestId: "the request's id, as in `x-request-id`",
  traceId: "of the client's `traceparent`",
  timeClf: "when the line is written: `22/Nov/2026:11:00:05 +0100`, in the process's time zone",
  timeIso: "the same in UTC, ISO 8601",
  timeSeconds: "the same in seconds since 1970, with milliseconds",
  beganClf: "when the request came, as `$time_local` writes it",
  beganMs: "the same in milliseconds since 1970",
  method: "",
  target: "path and query as they were sent",
  path: "the target without its query",
  query: "the query, without `?`",
  protocol: "`HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`",
  requestLine: "method, target and protocol",
  host: "the Host that was asked for, with a port if there was one",
  hostPrefix: "its first label",
  scheme: "as `trustedProxies` tell it",
  client: "the client's address, as `trustedProxies` tell it",
  peer: "who the connection came from",
  subject: "whom a token, session or authorizer speaks of",
  apiKey: "the id of the API key, which is no secret",
  claim: "a claim of the verified token or session",
  context: "what the authorizer passed on under that name",
  http: "a header of the request, several with commas between; `_` stands for `-`",
  referer: "",
  userAgent: "",
  redacted: "always `[redacted]`",
  status: "of the answer; 499 if the client left before there was one",
  responseBytes: "of the answer's body, as it was sent",
  requestBytes: "of the request's body, as far as it came",
  durationMs: "from the head of the request until the end, milliseconds",
  durationSeconds: "the same in seconds, with three decimals",
  sideMs:
    "until the side's answer was whole, of a WebSocket until it opened, milliseconds; policies that waited are in it",
  sideSeconds: "the same in seconds, with three decimals",
  sideStatus: "the answer's, if a side gave it",
  route: "the route's id",
  template: "`match.path` of the route",
  routeKey: "method and `match.path`",
  side: "`legacy` or `modern`",
  phase: "of the route",
  upstream: "the side's upstream, by its name",
  upstreamAddress: "where tries came to nothing, the addresses of all of them; otherwise the upstream's name",
  policies: "what each policy said, as `cors=allowed,body=passed`",
  verdict: "what that policy said",
  tries: "where tries came to nothing, all of them, as `10.0.0.7:80=refused,10.0.0.8:80=answered`",
  cache: "what `cache` said",
  cacheCapitals: "the same in capitals",
  shadowed: "`true` if the request was copied",
  fellBack: "`true` if legacy answered in modern's place",
  error: "the code of what went wrong ([Errors](errors.md))",
  detail: "what the upstream did, in words",
  errorMessage: "the sentence that goes with the code",
  errorQuoted: "the same in quotes",
  errorType: "API Gateway's type of its own answer that is nearest, by the status",
  environment: "the front door's `name`",
  pid: "the process that served it",
  nothing: "always `-`: only Amazon has it",
};

const named = new Map(LOG_VALUES.map((value) => [value, []]));
for (const [name, value] of LOG_NAMES) named.get(value).push(name);
for (const { shown, value } of LOG_FAMILIES) named.get(value).push(shown);

const cell = (names) => names.map((name) => `\`$${name}\``).join(", ");
const rows = [...named]
  .filter(([, names]) => names.length > 0)
  .map(([value, names]) => {
    const context = names.filter((name) => name.startsWith("context."));
    const own = names.filter(
      (name) => name.startsWith("fig.") || /^(?:requestId|route|side|client)$/.test(name),
    );
    const nginx = names.filter((name) => !context.includes(name) && !own.includes(name));
    return `| ${[cell(own), cell(context), cell(nginx), MEANS[value]].join(" | ")} |`;
  });

writeFiles({
  "docs/reference/access-log.md": `# Access log

\`node scripts/write-reference-log.mjs\` makes this page from the table that the program works by. A test compares the two.

\`\`\`yaml
# fig.yaml
accessLog:
  sample: 100                       # percent; errors, and requests that fell back, are always in it
  format: combined                  # json (the default), clf, combined, a text with variables, or a mapping of names to such texts
  to: file:/var/log/fig/access.log  # or stdout, the default
\`\`\`

| format | a line |
|---|---|
| \`json\` | one JSON object with fig's own fields: \`requestId\`, \`route\`, \`side\`, \`status\`, \`policies\`, \`tries\` and the like |
${Object.entries(NAMED_FORMATS)
  .map(([name, text]) => `| \`${name}\` | \`${text}\` |`)
  .join("\n")}
| a text | what it says, each variable replaced; \`$$\` is a dollar |
| a mapping | one JSON object: \`{ status: $status, who: "$context.authorizer.principalId" }\`. A member that is one variable alone keeps its kind: a number is a number, and what there is not is \`null\` |

- A value that there is not is \`-\` in a text.
- In values of a text, quotes, backslashes and all that is not printable ASCII are written \`\\xXX\`, as nginx does. In a text that begins with \`{\` they are escaped as JSON is, so that API Gateway's JSON formats can be taken over as they are.
- No value shows a credential. Whatever reads like one in targets, headers and claims is \`[redacted]\`, and so are headers such as \`$http_authorization\` and \`$http_cookie\`, and those in which the policies of the route look for a key or a token. Values are cut as in \`json\` ([Limits](limits.md)).
- \`$remote_user\` is who a policy verified, never what a client merely said in Authorization.
- An unknown name is an error when the files load.

## To a file

Lines are added at the file's end. It is made with mode 0640, its folder is not made. SIGUSR1 opens it anew, for a logrotate that renames:

\`\`\`
/var/log/fig/access.log {
  daily
  rotate 14
  missingok
  postrotate
    systemctl kill --signal=USR1 fig
  endscript
}
\`\`\`

Each line goes whole into the old file or into the new one, and none is lost. With \`workers\` the first process passes the signal on to all of them. If the new file cannot be opened, the old one
goes on.

No request waits for the log. What cannot be written (a full disk, a file that may not be opened, a reader that is too slow) is dropped, counted in
\`fig_log_lines_dropped_total\`, and a problem in \`fig status\` for as long as it goes on.

## Names

Behind a dollar. The three columns may be mixed.

| fig's | API Gateway's | nginx's | is |
|---|---|---|---|
${rows.join("\n")}
`,
});
