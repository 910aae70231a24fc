import { decodeFully, decodeLoosely, decodeOnce, shortened } from "./bytes.ts";
import { lenientHost } from "./host-forms.ts";

const SLASH = 0x2f;
const DOT = 0x2e;
/** A path that can be read in more ways than this is taken for one that was made to be... */
export const MAX_PATH_READINGS = 16;
/** ... and so is one whose readings have more characters than this together: each of them is worked out while others wait. */
export const MAX_READ_CHARACTERS = 24 * 1024;

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

/** `encoded`: its segments are decoded as they are compared. */
interface Spelling {
  readonly path: string;
  readonly encoded: boolean;
}

/** One way to read a path. */
interface LenientReading extends Spelling {
  /** The host of what was left out as an authority: who does not leave it out may take it for the request's. */
  readonly authority: string | undefined;
}

/** What the route that takes a path as it was sent declares of it. */
export interface Declared {
  /** Nobody decodes an encoded slash before the path is split. */
  readonly keepsSlashes: boolean;
  /** Its literal segments that have a `;`, which is then no parameter's. */
  readonly literals: ReadonlySet<string>;
}

/** Dot segments resolved (RFC 3986 §5.2.4). `parameters`: also `..;x`, as servlet containers do. */
function resolved(path: string, parameters: boolean): string {
  const kept: string[] = [];
  const segments = path.split("/");
  for (let at = 1; at < segments.length; at++) {
    const segment = segments[at] as string;
    const last = at === segments.length - 1;
    const semicolon = parameters ? segment.indexOf(";") : -1;
    const bare = semicolon < 0 ? segment : segment.slice(0, semicolon);
    if (bare === "." || bare === "..") {
      if (bare === "..") kept.pop();
      if (last) kept.push("");
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join("/")}`;
}

/** An escape that ends with its segment before it is whole. */
const CUT_ESCAPE = /%[\da-f]?(?=[/;]|$)/gi;

/** A segment of three dots stands for one of one (Mojolicious). */
const THREE_DOTS = /\/\.\.\.(?=[/;]|$)/g;

/** What servers make of dot segments. Most paths have none, and are not looked at closely, however many segments they have. */
function* dotsRead(path: string): Iterable<string> {
  // A path that begins with none is read as if it did.
  yield path.charCodeAt(0) === SLASH ? path : `/${path.split("/").slice(1).join("/")}`;
  if (!path.includes("/.")) return;
  for (const dotted of path.includes("/...") ? [path, path.replace(THREE_DOTS, "/.")] : [path]) {
    yield resolved(dotted, false);
    if (dotted.includes(";")) yield resolved(dotted, true);
  }
}

/** Runs of slashes as they are, and as one. */
function slashesRead(path: string): readonly string[] {
  return path.includes("//") ? [path.replace(/\/+/g, "/"), path] : [path];
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

/** The host of that authority, as WHATWG URL reads it; undefined: it is none. */
function authorityOf(path: string): string | undefined {
  const named = /^\/+([^/]*)/.exec(path)?.[1] ?? "";
  const host = URL.parse(`http://${named}/`)?.hostname;
  return host === undefined ? undefined : (lenientHost(host) ?? host) || undefined;
}

/** How a path is decoded before anything else: not at all, once, until nothing changes, and by who takes odd encodings too. */
function* decodings(path: string): Iterable<Spelling> {
  yield { path, encoded: true };
  if (!path.includes("%") && !/[\xc0\xc1\xe0\xf0]/.test(path)) return;
  yield { path: decodeLoosely(path), encoded: false };
  // Jetty reads an escape that is cut off as nothing.
  const whole = path.replace(CUT_ESCAPE, "");
  if (whole !== path) yield { path: decodeLoosely(whole), encoded: false };
  const fully = decodeFully(path);
  yield { path: fully, encoded: false };
  // Twice: what an overlong form stood for may complete an escape.
  const wide = shortened(decodeFully(path, true));
  if (wide !== fully) yield { path: shortened(decodeFully(wide, true)), encoded: false };
}

/** What stands before dot segments are resolved: parameters there or not, however the path is decoded. */
function* spelt(sent: string, literals: ReadonlySet<string>): Iterable<Spelling> {
  const bare = withoutParameters(sent, literals);
  for (const before of bare === sent ? [sent] : [sent, bare]) {
    for (const { path, encoded } of decodings(before)) {
      yield { path, encoded };
      // Starman's C reader ends the path at a zero byte.
      const zero = encoded ? -1 : path.indexOf("\0");
      if (zero >= 0) yield { path: path.slice(0, zero), encoded };
      const after = withoutParameters(path, literals);
      if (after !== path) yield { path: after, encoded };
    }
  }
}

/**
 * How lenient servers might read a path: a fragment dropped, or `#` a letter (Go's net/http); decoded or not; encoded slashes and
 * backslashes as letters or as slashes; path parameters left out; what may be an authority left out, or taken for the host; slashes
 * merged or not; dot segments resolved, with parameters or only without, or not. What servers do of this they do in any combination,
 * so each is tried; hardly a path has more than two that differ.
 */
export function* lenientReadings(path: string, declared: Declared): Iterable<LenientReading> {
  const hash = path.indexOf("#");
  const seen = new Set<string>();
  for (const whole of hash < 0 ? [path] : [path.slice(0, hash), path])
    yield* readingsOf(whole, declared, seen);
}

function* readingsOf(whole: string, declared: Declared, seen: Set<string>): Iterable<LenientReading> {
  const lettered = whole.replace(ENCODED_SLASH, LETTER);
  for (const sent of declared.keepsSlashes || lettered === whole ? [lettered] : [whole, lettered]) {
    for (const { path: decoded, encoded } of spelt(sent, declared.literals)) {
      const slashes = decoded.replaceAll("\\", "/");
      for (const slashed of slashes === decoded ? [decoded] : [slashes, decoded]) {
        const local = withoutAuthority(slashed);
        for (const text of local === slashed ? [slashed] : [slashed, local]) {
          const authority = text === slashed ? undefined : authorityOf(slashed);
          for (const merged of slashesRead(text)) {
            for (const read of dotsRead(merged)) {
              const key = `${encoded && read.includes("%")} ${authority ?? ""} ${read}`;
              if (seen.has(key)) continue;
              seen.add(key);
              yield { path: read, encoded, authority };
            }
          }
        }
      }
    }
  }
}
