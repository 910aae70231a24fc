import { CLIENT_COOKIE } from "../../domain/client-cookie.ts";
import { dashed } from "../../domain/forwarding-fields.ts";
import { headerLines, spelledLines, withoutBlanks } from "../../domain/headers.ts";
import { NO_BODY, type RawHeaders } from "../../domain/message.ts";
import type { CacheKeyParts } from "../../domain/policies/cache.ts";
import { askedHost, askedScheme } from "../../routing/asked.ts";
import type { Decision } from "../../routing/decide.ts";
import { type Directives, directivesOf } from "./directives.ts";

/** A longer key is not kept: what clients choose would fill the memory. */
const MAX_KEY_CHARS = 16 * 1024;

/** What the cache reads off a request that it may answer. */
export interface Asked {
  readonly key: string;
  /** As the client asked for it, without the query. */
  readonly path: string;
  /** Lower-case; "": not in the key. */
  readonly host: string;
  readonly head: boolean;
  /** What it says of who asks: 0, nothing; 1, Authorization, or an identity that a policy found; 2, cookies. */
  readonly credentials: 0 | 1 | 2;
  readonly directives: Directives;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  /** Fields that choose between answers of one key (RFC 9111 §4.1). */
  fieldOf(name: string): string;
}

/** What is read of a request. */
interface Askable {
  readonly method: string;
  readonly headers: RawHeaders;
  readonly framing: number;
  readonly upgrade: boolean;
  readonly decision: Decision;
  /** A policy found out who asks. */
  readonly known: boolean;
  /** What a field of this name will have below, where the front door sets it anew for each request; undefined: it does not. */
  readonly setBelow?: ((name: string) => string | undefined) | undefined;
}

/** By a name's length, so that most fields cost one comparison. */
const LOOK = new Uint8Array(64);
for (const name of [
  "cookie",
  "pragma",
  "range",
  "if-match",
  "if-range",
  "authorization",
  "cache-control",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "x-http-method",
  "x-method-override",
  "x-http-method-override",
])
  LOOK[name.length] = 1;

/** In whatever spelling: X_HTTP_Method is one too. */
const OVERRIDES = new Set(["x-http-method", "x-method-override", "x-http-method-override"]);

/** What the front door says of every request; the scheme and the host are in the key by themselves. */
const OWN_FORWARDED = new Set(["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]);
/** Lets what came after the `x` through that believed senders may write and an upstream may answer by. */
const BELIEVED = /^x-(?:forwarded-|original-|rewrite-url$)/;

/** Undefined: the cache has nothing to do with this request. */
export function askedOf(request: Askable, parts: CacheKeyParts, prefix: string): Asked | undefined {
  const { method, headers, framing, decision } = request;
  if ((method !== "GET" && method !== "HEAD") || request.upgrade) return undefined;
  // What an upstream makes of a GET's body is not in the key.
  if (framing !== NO_BODY && framing !== 0) return undefined;
  let credentials: 0 | 1 | 2 = request.known ? 1 : 0;
  let control: string | undefined;
  let pragma = false;
  let ifNoneMatch: string | undefined;
  let ifModifiedSince: string | undefined;
  let range: string | undefined;
  let ifRange: string | undefined;
  let believed = "";
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const { length } = name;
    if (length > 11 && (name.charCodeAt(0) | 0x20) === 0x78) {
      const lower = name.toLowerCase();
      if (BELIEVED.test(lower) && !OWN_FORWARDED.has(lower)) believed += `\n${lower}:${headers[i + 1]}`;
    }
    if (length >= 64 || LOOK[length] !== 1) continue;
    const value = headers[i + 1] as string;
    switch (name.toLowerCase()) {
      case "cookie":
        if (parts.cookies === undefined && !onlyOurs(value)) credentials = 2;
        break;
      case "authorization":
        if (credentials === 0) credentials = 1;
        break;
      case "cache-control":
        control = control === undefined ? value : `${control}, ${value}`;
        break;
      case "pragma":
        pragma ||= /\bno-cache\b/i.test(value);
        break;
      case "if-none-match":
        ifNoneMatch = ifNoneMatch === undefined ? value : `${ifNoneMatch}, ${value}`;
        break;
      case "if-modified-since":
        ifModifiedSince = value;
        break;
      case "range":
        range = value;
        break;
      case "if-range":
        ifRange = value;
        break;
      // The side is to judge these.
      case "if-match":
      case "if-unmodified-since":
        return undefined;
      default:
        // Another method is no GET.
        if (OVERRIDES.has(dashed(name.toLowerCase()))) return undefined;
    }
  }
  const target = decision.path;
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  let key = `${prefix}${askedScheme(decision)}\n`;
  let host = "";
  if (parts.host) {
    host = askedHost(decision).toLowerCase();
    const named = decision.host.toLowerCase();
    key += named === host ? `${host}\n\n` : `${host}\n${named}\n`;
  }
  key += parts.query === "all" || query < 0 ? target : path + chosen(target.slice(query + 1), parts.query);
  key += believed;
  const selecting = (name: string) => {
    const set = request.setBelow?.(name);
    return set === undefined ? fieldOf(headers, name) : `+${set}`;
  };
  for (const name of parts.headers) key += `\n${selecting(name)}`;
  if (parts.cookies !== undefined) for (const name of parts.cookies) key += `\n${cookiesOf(headers, name)}`;
  if (key.length > MAX_KEY_CHARS) return undefined;
  return {
    ...{ key, path, host, credentials, ifNoneMatch, ifModifiedSince, range, ifRange },
    head: method === "HEAD",
    // RFC 9111 §5.4: Pragma counts where there is no Cache-Control.
    directives: directivesOf(control ?? (pragma ? "no-cache" : undefined)),
    fieldOf: selecting,
  };
}

/** A client is told apart by its split; that it has a side is in the key. */
function onlyOurs(cookies: string): boolean {
  return cookies.startsWith(`${CLIENT_COOKIE}=`) && !cookies.includes(";");
}

/** A field as selecting fields are held against each other: "-" stands for none, "+" before what was sent. */
function fieldOf(headers: RawHeaders, name: string): string {
  const lines = spelledLines(headers, name);
  if (lines.length === 0) return "-";
  const parts = lines.flatMap((line) => line.split(","));
  return `+${parts.map(withoutBlanks).join(",")}`;
}

/** Every cookie of a name: some servers read the first, and some the last. */
function cookiesOf(headers: RawHeaders, name: string): string {
  const values = headerLines(headers, "cookie")
    .flatMap((line) => line.split(";"))
    .filter((pair) => pair.includes("=") && withoutBlanks(pair.slice(0, pair.indexOf("="))) === name)
    .map((pair) => withoutBlanks(pair.slice(pair.indexOf("=") + 1)));
  return values.length === 0 ? "-" : `+${values.join(";")}`;
}

/** Names as `nameOf` gives them, of each list in the files. */
const NAMES = new WeakMap<readonly string[], ReadonlySet<string>>();

/**
 * The parameters of these names, as they were sent, and those that a lenient side takes for one of them: what counts for the side and not
 * for the key would let anybody choose what others are given.
 */
function chosen(query: string, list: readonly string[]): string {
  const names = NAMES.get(list) ?? new Set(list.map(lenientName));
  NAMES.set(list, names);
  // Some servers part a query at `;` too.
  const kept = query.split("&").filter((pair) => pair.split(";").some((part) => names.has(nameOf(part))));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

function nameOf(pair: string): string {
  const equals = pair.indexOf("=");
  const name = (equals < 0 ? pair : pair.slice(0, equals)).replaceAll("+", " ");
  try {
    return lenientName(decodeURIComponent(name));
  } catch {
    return lenientName(name);
  }
}

/** ASP.NET knows no case; PHP leaves blanks before a name out, reads `.` and a blank as `_`, and ends it at `[` and NUL. */
function lenientName(name: string): string {
  const [plain = ""] = name.trim().split(/[[\0]/, 1);
  return plain.replace(/[. ]/g, "_").toLowerCase();
}
