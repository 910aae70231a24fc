import type { AuthorizerPolicy } from "../../domain/policies/authorizer.ts";
import { decodeLoosely } from "../../routing/bytes.ts";
import type { Decided } from "../../routing/decide.ts";
import { pathAndQuery } from "../../routing/event-values.ts";
import { lenientReadings, MAX_PATH_READINGS, mayReadDifferently } from "../../routing/lenient.ts";

/** A longer one is refused, as API Gateway does. */
export const MAX_ARN_LENGTH = 1_600;

/** Stands for an encoded slash in a reading that keeps it one (routing/lenient). */
const KEPT_SLASH = "\u0100";
const UNRESERVED = /%(?:2d|2e|5f|7e|3\d|[46][1-9a-f]|[57][0-9a])/gi;
const NO_LITERALS: ReadonlySet<string> = new Set();

/** Without escapes that stand for themselves (RFC 3986 §6.2.2.2). */
function normalised(path: string): string {
  return path.replace(UNRESERVED, (triplet) => String.fromCharCode(Number.parseInt(triplet.slice(1), 16)));
}

export function methodArn(
  { account, api, stage }: AuthorizerPolicy["arn"],
  region: string,
  method: string,
  path: string,
): string {
  return `arn:aws:execute-api:${region}:${account}:${api}/${stage}/${method}/${path.replace(/^\//, "")}`;
}

/** The path as an authorizer is told it. */
export function arnPath(decision: Decided): string {
  return normalised(pathAndQuery(decision)[0]);
}

/**
 * The paths that a policy is asked about: ways to write one reading stand together. A policy that allows `/public/*` must not let
 * `/public/..%2fadmin` pass to a server that reads it as `/admin`, so every reading has to be allowed, in one of its ways, and none of
 * them denied. Undefined: there are too many.
 */
export function pathReadings(decision: Decided): readonly (readonly string[])[] | undefined {
  const [path] = pathAndQuery(decision);
  if (!mayReadDifferently(path, 0, path.length)) return [[path]];
  const readings = new Map<string, Set<string>>();
  const add = (text: string, encoded: boolean) => {
    const written = text.replaceAll(KEPT_SLASH, "%2F");
    const decoded = encoded ? decodeLoosely(text).replaceAll(KEPT_SLASH, "%2F") : written;
    const ways = readings.get(decoded) ?? new Set();
    ways.add(decoded);
    // Where the slash is one, the text with `%2F` has other segments: it is another reading's.
    if (!encoded || !/%2f/i.test(text)) ways.add(normalised(written));
    readings.set(decoded, ways);
  };
  let count = 0;
  const keepsSlashes = decision.live.definition.match.encodedSlash === "keep";
  for (const reading of lenientReadings(path, { keepsSlashes, literals: NO_LITERALS })) {
    if (++count > MAX_PATH_READINGS) return undefined;
    add(reading.path, reading.encoded);
  }
  return [...readings.values()].map((ways) => [...ways]);
}
