import CachePolicy from "http-cache-semantics";
import { headerLines, indexOfHeader } from "../../domain/headers.ts";
import type { AnswerParts } from "../../domain/http-cache/cached-answer.ts";
import { CHUNKED, NO_BODY, type RawHeaders, UNTIL_CLOSE } from "../../domain/message.ts";
import type { CachePolicy as Settings } from "../../domain/policies/cache.ts";
import { nominated } from "../../routing/request-headers.ts";
import type { Asked } from "./asked.ts";
import { type Directives, directivesOf, secondsOf } from "./directives.ts";

/** Of one message or its hop, or written anew with each answer; and cookies are one client's. */
const HOP_BOUND = new Set([
  "age",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Their bodies come piece by piece, for as long as somebody listens. */
const STREAMED = /^(?:text\/event-stream|multipart\/x-mixed-replace|application\/grpc)/i;
/** Statuses of which `ttl` speaks: answers, and where else they are. An error is kept only where its side says so. */
const TTL_STATUSES = new Set([200, 203, 204, 300, 301, 308, 410]);
/** Further ones are not remembered, so a purge by them is not either. */
const MAX_TAGS = 64;
const MAX_TAG_CHARS = 256;

/** The time now and when the request was sent: ms on a clock that never goes back, and of day. */
interface Times {
  readonly now: number;
  readonly askedAt: number;
  readonly dayNow: number;
}

/** What an answer says of how long it may be kept. */
interface Lifetime {
  readonly freshMs: number;
  readonly whileRevalidateMs: number;
  readonly ifErrorMs: number;
  readonly staleAllowed: boolean;
}

/**
 * What is stored of an answer whose head is here; undefined: it is not stored (RFC 9111 §3). `merged`: it was put together of a
 * stored answer and a 304, so its body is whole already.
 */
export function storedParts(
  asked: Asked,
  answer: {
    readonly status: number;
    readonly reason: string;
    readonly headers: RawHeaders;
    readonly framing: number;
  },
  times: Times,
  settings: Settings,
): AnswerParts | undefined {
  const { status, reason, headers, framing } = answer;
  // Whether it is whole cannot be told of a body that the connection's end ends.
  if (framing === UNTIL_CLOSE || framing > settings.maxObject) return undefined;
  if (asked.directives.has("no-store")) return undefined;
  const fields = fieldsOf(headers);
  const type = fields["content-type"];
  if (fields["content-range"] !== undefined || (type !== undefined && STREAMED.test(type))) return undefined;
  const directives = controlOf(fields, status);
  if (directives === undefined) return undefined;
  const open = openTo(directives);
  if (open < asked.credentials) return undefined;
  if (fields["set-cookie"] !== undefined && !directives.has("public")) return undefined;
  const vary = varyOf(headers);
  if (vary === undefined) return undefined;
  const lifetime = lifetimeOf(status, fields, directives, settings);
  if (lifetime === undefined) return undefined;
  const etag = fields.etag;
  const lastModified = fields["last-modified"];
  const { freshMs, whileRevalidateMs, ifErrorMs, staleAllowed } = lifetime;
  // It could never be given.
  if (freshMs + whileRevalidateMs + ifErrorMs === 0 && etag === undefined && lastModified === undefined)
    return undefined;
  const bornAt = times.now - ageOf(fields, times);
  const freshUntil = bornAt + freshMs;
  return {
    ...{ status, reason, vary, bornAt, freshUntil, etag, lastModified, staleAllowed, openTo: open },
    headers: keptFields(headers, framing, times),
    varied: vary.map((name) => asked.fieldOf(name)),
    whileRevalidateUntil: freshUntil + whileRevalidateMs,
    ifErrorUntil: freshUntil + ifErrorMs,
    tags: tagsOf(headers),
  };
}

/** Lower-case names to values, lines of one name together. */
function fieldsOf(headers: RawHeaders): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = (headers[i + 1] as string).trim();
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
    fields[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return fields;
}

/** Undefined: the answer says that it is not to be kept. */
function controlOf(fields: Record<string, string>, status: number): Directives | undefined {
  const said = new Map(directivesOf(fields["cache-control"]));
  // RFC 9111 §5.2.2.3: no-store is then for caches that do not know this directive.
  if (said.has("must-understand")) {
    if (!UNDERSTOOD.has(status)) return undefined;
    said.delete("no-store");
  }
  // A field's name behind `private` or `no-cache` is not looked at: the whole answer is.
  return said.has("no-store") || said.has("private") ? undefined : said;
}

/** Statuses whose meaning for caches is known here. */
const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501]);

/** RFC 9111 §3.5; that must-revalidate says nothing of cookies is ours. */
function openTo(directives: Directives): 0 | 1 | 2 {
  if (directives.has("public") || directives.has("s-maxage")) return 2;
  return directives.has("must-revalidate") ? 1 : 0;
}

/** Lower-case names, sorted; undefined: by what cannot be told. */
function varyOf(headers: RawHeaders): readonly string[] | undefined {
  const names = headerLines(headers, "vary")
    .flatMap((line) => line.toLowerCase().split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.includes("*") ? undefined : [...new Set(names)].sort();
}

/** Undefined: neither the answer nor the files say anything, or what is said forbids to keep it. */
function lifetimeOf(
  status: number,
  fields: Record<string, string>,
  directives: Directives,
  settings: Settings,
): Lifetime | undefined {
  const explicit =
    directives.has("s-maxage") ||
    directives.has("max-age") ||
    directives.has("no-cache") ||
    fields.expires !== undefined ||
    (fields["cache-control"] === undefined && /no-cache/i.test(fields.pragma ?? ""));
  const byTtl = !explicit && settings.ttl > 0 && TTL_STATUSES.has(status);
  if (!explicit && !byTtl && directives.size === 0) return undefined;
  const policy = new CachePolicy(
    // What the request says is judged already; the side's own words are judged by the library.
    { method: "GET", url: "/", headers: {} },
    { status, headers: normalised(fields, directives) },
    // Freshness that nobody stated is not guessed.
    { shared: true, cacheHeuristic: 0, immutableMinTimeToLive: 0 },
  );
  if (!policy.storable()) return undefined;
  const freshMs = byTtl ? settings.ttl : policy.maxAge() * 1000;
  const strict = directives.has("must-revalidate") || directives.has("proxy-revalidate");
  if (strict || directives.has("no-cache"))
    return {
      freshMs: directives.has("no-cache") ? 0 : freshMs,
      whileRevalidateMs: 0,
      ifErrorMs: 0,
      staleAllowed: false,
    };
  // s-maxage means proxy-revalidate (RFC 9111 §5.2.2.10), unless the same answer says otherwise.
  const ours = (ms: number) => (directives.has("s-maxage") ? 0 : ms);
  const said = (name: string, ms: number) => {
    const seconds = secondsOf(directives, name);
    return seconds === undefined ? ours(ms) : seconds * 1000;
  };
  return {
    freshMs,
    staleAllowed: !directives.has("s-maxage"),
    whileRevalidateMs: said("stale-while-revalidate", settings.staleWhileRevalidate),
    ifErrorMs: said("stale-if-error", settings.staleIfError),
  };
}

/**
 * As the library reads it: it takes directives by their letters, of one that is there twice the last, and `1.5` for 1; and
 * proxy-revalidate for "never fresh".
 */
function normalised(fields: Record<string, string>, directives: Directives): Record<string, string> {
  const { "cache-control": _, vary, ...others } = fields;
  const control: string[] = [];
  for (const [name, value] of directives) {
    if (name === "proxy-revalidate") continue;
    const seconds = name === "max-age" || name === "s-maxage" ? secondsOf(directives, name) : undefined;
    control.push(seconds === undefined ? (value === true ? name : `${name}=x`) : `${name}=${seconds}`);
  }
  return control.length === 0 ? others : { ...others, "cache-control": control.join(", ") };
}

/** RFC 9111 §4.2.3, ms. */
function ageOf(fields: Record<string, string>, { now, askedAt, dayNow }: Times): number {
  const date = Date.parse(fields.date ?? "");
  // A Date has whole seconds.
  const apparent = Number.isNaN(date) ? 0 : Math.max(0, dayNow - date - 999);
  const said = /^\d+$/.exec(fields.age?.split(",")[0]?.trim() ?? "")?.[0];
  const corrected = (said === undefined ? 0 : Number(said) * 1000) + (said === undefined ? 0 : now - askedAt);
  return Math.max(apparent, corrected);
}

/** What is given again, in strings of their own: those of a connection hold all that was read with them. */
function keptFields(headers: RawHeaders, framing: number, { dayNow }: Times): RawHeaders {
  const connection = headerLines(headers, "connection").join(",");
  const named = connection === "" ? undefined : nominated(connection);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const lower = name.toLowerCase();
    if (HOP_BOUND.has(lower) || named?.has(lower) === true) continue;
    kept.push(name, headers[i + 1] as string);
  }
  if (indexOfHeader(kept, "date") < 0) kept.push("date", new Date(dayNow).toUTCString());
  // The length of a body that came in chunks is known when it is here.
  if (framing === CHUNKED) return kept;
  if (framing !== NO_BODY && indexOfHeader(kept, "content-length") < 0)
    kept.push("content-length", String(framing));
  return ownStrings(kept);
}

/** With the length of a body that came in chunks. */
export function withLength(parts: AnswerParts, length: number): AnswerParts {
  if (indexOfHeader(parts.headers, "content-length") >= 0 || [204, 304].includes(parts.status)) return parts;
  return { ...parts, headers: ownStrings([...parts.headers, "content-length", String(length)]) };
}

function ownStrings(texts: readonly string[]): RawHeaders {
  return texts.length === 0 ? [] : texts.join("\n").split("\n");
}

/** What an answer may be purged by: Cache-Tag, parted by commas, and Surrogate-Key, by blanks. */
function tagsOf(headers: RawHeaders): readonly string[] | undefined {
  const tags = [
    ...headerLines(headers, "cache-tag").flatMap((line) => line.split(",")),
    ...headerLines(headers, "surrogate-key").flatMap((line) => line.split(/\s+/)),
  ]
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "" && tag.length <= MAX_TAG_CHARS);
  return tags.length === 0 ? undefined : ownStrings([...new Set(tags)].slice(0, MAX_TAGS));
}

/** Fields that a 304 does not replace: they are of the body that is here (RFC 9111 §3.2). */
const OF_THE_BODY = new Set(["content-length", "content-encoding", "content-range", "transfer-encoding"]);

/** The stored fields with those of a 304 in their place (RFC 9111 §4.3.4); undefined: it speaks of another body. */
export function mergedFields(stored: AnswerParts, headers: RawHeaders): RawHeaders | undefined {
  const at = indexOfHeader(headers, "etag");
  const etag = at < 0 ? undefined : (headers[at + 1] as string).trim();
  if (etag !== undefined && stored.etag !== undefined && bare(etag) !== bare(stored.etag)) return undefined;
  const replaced = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) replaced.add((headers[i] as string).toLowerCase());
  const merged: string[] = [];
  for (let i = 0; i < stored.headers.length; i += 2) {
    const lower = (stored.headers[i] as string).toLowerCase();
    if (replaced.has(lower) && !OF_THE_BODY.has(lower)) continue;
    merged.push(stored.headers[i] as string, stored.headers[i + 1] as string);
  }
  for (let i = 0; i < headers.length; i += 2) {
    if (OF_THE_BODY.has((headers[i] as string).toLowerCase())) continue;
    merged.push(headers[i] as string, headers[i + 1] as string);
  }
  // Without its Date the 304 would be as old as what it validates.
  return replaced.has("date")
    ? merged
    : merged.filter((_, i) => (merged[i - (i % 2)] as string).toLowerCase() !== "date");
}

/** Weak comparison (RFC 9110 §8.8.3.2). */
export function bare(etag: string): string {
  return etag.startsWith("W/") ? etag.slice(2) : etag;
}
