import { decodeFully, decodeLoosely, decodeOnce, shortened } from "./bytes.ts";

const SLASH = 0x2f;
const DOT = 0x2e;
/** A path that can be read in more ways than this is taken for one that was made to be. */
export const MAX_PATH_READINGS = 16;

/** What makes a path odd by itself: `%`, a backslash, `#`, `;`, and what an overlong form begins with. */
const ODD = new Uint8Array(256);
for (const char of "%\\#;\xc0\xc1\xe0\xf0") ODD[char.charCodeAt(0)] = 1;

/**
 * False when no lenient reading of the path can differ from reading it as sent: it has no `%`, no backslash, no `#`, no `;`,
 * no `//` and no `/.`, and nothing that may be overlong. One scan, no allocation.
 */
export function mayReadDifferently(target: string, start: number, end: number): boolean {
  let previous = 0;
  for (let at = start; at < end; at++) {
    const code = target.charCodeAt(at);
    if (ODD[code] === 1) return true;
    if (previous === SLASH && (code === SLASH || code === DOT)) return true;
    previous = code;
  }
  return false;
}

/** One way to read a path. `encoded`: its segments are decoded as they are compared. */
interface LenientReading {
  readonly path: string;
  readonly encoded: boolean;
}

/** What the route that takes a path as it was sent declares of it. */
export interface Declared {
  /** Nobody decodes an encoded slash before the path is split. */
  readonly keepsSlashes: boolean;
  /** Its literal segments that have a `;`, which is then no parameter's. */
  readonly literals: ReadonlySet<string>;
}

/** Dot segments resolved (RFC 3986 §5.2.4), also with `;params`, as servlet containers do. `merge`: runs of slashes are one. */
function resolved(path: string, merge: boolean): string {
  const kept: string[] = [];
  const segments = path.split("/");
  for (let at = 1; at < segments.length; at++) {
    const segment = segments[at] as string;
    const last = at === segments.length - 1;
    const semicolon = segment.indexOf(";");
    const bare = semicolon < 0 ? segment : segment.slice(0, semicolon);
    if (bare === "." || bare === "..") {
      if (bare === "..") kept.pop();
      if (last) kept.push("");
    } else if (last || !merge || segment !== "") {
      kept.push(segment);
    }
  }
  return `/${kept.join("/")}`;
}

/** An encoded slash, encoded again any number of times. */
const ENCODED_SLASH = /%(?:25)*2f/gi;
/** Beyond latin1, so that no literal has it. */
const LETTER = "\u0100";

/** Each segment up to its `;` (RFC 3986 §3.3; servlet containers route without parameters). */
function withoutParameters(path: string, literals: ReadonlySet<string>): string {
  if (!path.includes(";")) return path;
  const spared = (segment: string) =>
    literals.size > 0 && literals.has(decodeOnce(segment.slice(1)) ?? segment.slice(1));
  return path.replace(/[/\\][^/\\]*/g, (segment) => {
    const semicolon = segment.indexOf(";");
    return semicolon < 0 || spared(segment) ? segment : segment.slice(0, semicolon);
  });
}

/** Without what a URL parser takes for the authority of `//authority/path` (RFC 3986 §4.2; WHATWG URL skips more slashes). */
function withoutAuthority(path: string): string {
  if (!path.startsWith("//")) return path;
  let from = 2;
  while (path.charCodeAt(from) === SLASH) from++;
  const slash = path.indexOf("/", from);
  return slash < 0 ? "/" : path.slice(slash);
}

/** How a path is decoded before anything else: not at all, once, until nothing changes, and by who takes odd encodings too. */
function* decodings(path: string): Iterable<LenientReading> {
  yield { path, encoded: true };
  if (!path.includes("%") && !/[\xc0\xc1\xe0\xf0]/.test(path)) return;
  yield { path: decodeLoosely(path), encoded: false };
  const fully = decodeFully(path);
  yield { path: fully, encoded: false };
  // Twice: what an overlong form stood for may complete an escape.
  const wide = shortened(decodeFully(path, true));
  if (wide !== fully) yield { path: shortened(decodeFully(wide, true)), encoded: false };
}

/** What stands before dot segments are resolved: parameters there or not, however the path is decoded. */
function* spelt(sent: string, literals: ReadonlySet<string>): Iterable<LenientReading> {
  const bare = withoutParameters(sent, literals);
  for (const before of bare === sent ? [sent] : [sent, bare]) {
    for (const { path, encoded } of decodings(before)) {
      yield { path, encoded };
      const after = withoutParameters(path, literals);
      if (after !== path) yield { path: after, encoded };
    }
  }
}

/**
 * How lenient servers might read a path: a fragment dropped; decoded or not; encoded slashes and backslashes as letters or as
 * slashes; path parameters left out; what may be an authority left out; slashes merged or not; dot segments resolved. What
 * servers do of this they do in any combination, so each is tried; hardly a path has more than two that differ.
 */
export function* lenientReadings(path: string, declared: Declared): Iterable<LenientReading> {
  const hash = path.indexOf("#");
  const whole = hash < 0 ? path : path.slice(0, hash);
  const lettered = whole.replace(ENCODED_SLASH, LETTER);
  const seen = new Set<string>();
  for (const sent of declared.keepsSlashes || lettered === whole ? [lettered] : [whole, lettered]) {
    for (const { path: decoded, encoded } of spelt(sent, declared.literals)) {
      const slashes = decoded.replaceAll("\\", "/");
      for (const slashed of slashes === decoded ? [decoded] : [slashes, decoded]) {
        const local = withoutAuthority(slashed);
        for (const text of local === slashed ? [slashed] : [slashed, local]) {
          for (const merge of [true, false]) {
            const read = resolved(text, merge);
            const key = encoded && read.includes("%") ? `?${read}` : read;
            if (seen.has(key)) continue;
            seen.add(key);
            yield { path: read, encoded };
          }
        }
      }
    }
  }
}
