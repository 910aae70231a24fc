import { REDACTED } from "../redaction.ts";
import type { WholeField } from "./sample.ts";

/** What stands in a command in the place of a credential: brackets mean something to shells and to curl. */
const PLACEHOLDER = "REDACTED";

/** Fields that curl writes itself, or that are of the connection. */
const CURLS_OWN: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** One word of a POSIX shell (XCU 2.2.2): nothing means anything between single quotes. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A NUL ends an argument, and no message can hold it; other control characters would be the terminal's. */
function plain(text: string): string {
  return text.replaceAll(REDACTED, PLACEHOLDER).replace(/\p{Cc}/gu, (char) => (char === "\t" ? char : ""));
}

function fieldWord([name, value]: WholeField): string {
  // `Name:` takes the field out of the request, and `Name;` sends it empty.
  return shellWord(value === "" ? `${plain(name)};` : `${plain(name)}: ${plain(value)}`);
}

interface CurlRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly WholeField[];
}

/** Where a front door listens: `http://127.0.0.1:8080`, or `unix:/run/fig.sock`. */
function urlWords(door: string, target: string): readonly string[] {
  const path = plain(target);
  const below = path.startsWith("/") ? path : `/${path}`;
  if (door.startsWith("unix:"))
    return ["--unix-socket", door.slice("unix:".length), `http://localhost${below}`];
  return [`${door}${below}`];
}

/**
 * A request as one command for a POSIX shell, sent to the front door. What was redacted is `REDACTED`, and no body is kept of a request. `-g` and
 * `--path-as-is` send the path as it came; curl asks for the codings that it can undo.
 */
export function curlOf(door: string, { method, target, headers }: CurlRequest): string {
  const sent = headers.filter(([name]) => !CURLS_OWN.has(name.toLowerCase()));
  const coded = headers.some(([name]) => name.toLowerCase() === "accept-encoding");
  const how = method === "HEAD" ? ["--head"] : method === "GET" ? [] : ["-X", plain(method)];
  // curl would add these two by itself.
  const without = ["user-agent", "accept"]
    .filter((name) => !headers.some(([other]) => other.toLowerCase() === name))
    .map((name) => ["-H", `${name}:`]);
  const words = [
    ["curl", "-g", "--path-as-is", ...(coded ? ["--compressed"] : []), ...how].map(shellWord).join(" "),
    ...sent.map((field) => `-H ${fieldWord(field)}`),
    ...without.map((word) => word.map(shellWord).join(" ")),
    urlWords(door, target).map(shellWord).join(" "),
  ];
  return words.join(" \\\n  ");
}
