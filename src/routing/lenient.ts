import { decodeFully, decodeLoosely } from "./bytes.ts";

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * False when no lenient reading of the path can differ from reading it as sent: it has no `%`, no backslash, no `#`, no `//`
 * and no `/.`. One scan, no allocation.
 */
export function mayReadDifferently(target: string, start: number, end: number): boolean {
  let previous = 0;
  for (let at = start; at < end; at++) {
    const code = target.charCodeAt(at);
    if (code === 0x25 || code === 0x5c || code === 0x23) return true;
    if (previous === SLASH && (code === SLASH || code === DOT)) return true;
    previous = code;
  }
  return false;
}

/** Slashes merged and dot segments resolved (RFC 3986 §5.2.4); a dot segment may carry `;params`, as servlet containers read it. */
function resolved(path: string): string {
  const kept: string[] = [];
  let open = true;
  for (const segment of path.split("/")) {
    if (segment === "") {
      open = true;
      continue;
    }
    const semicolon = segment.indexOf(";");
    const bare = semicolon < 0 ? segment : segment.slice(0, semicolon);
    open = bare === "." || bare === "..";
    if (bare === "..") kept.pop();
    else if (bare !== ".") kept.push(segment);
  }
  if (kept.length === 0) return "/";
  return `/${kept.join("/")}${open ? "/" : ""}`;
}

/** An encoded slash, encoded again any number of times. */
const ENCODED_SLASH = /%(?:25)*2f/gi;
/** Beyond latin1, so that no literal has it. */
const LETTER = "\u0100";

/**
 * How lenient servers might read a path: a fragment dropped, decoded whole (once, and until nothing changes), backslashes as
 * slashes, slashes merged, dot segments resolved. One reading, or two where decoding again changes something. `keepSlashes`:
 * an encoded slash is taken for a letter, since nobody decodes it before the path is split.
 */
export function lenientReadings(path: string, keepSlashes: boolean): readonly string[] {
  const hash = path.indexOf("#");
  const whole = hash < 0 ? path : path.slice(0, hash);
  const sent = keepSlashes ? whole.replace(ENCODED_SLASH, LETTER) : whole;
  const once = decodeLoosely(sent);
  const fully = decodeFully(once);
  const first = resolved(once.replaceAll("\\", "/"));
  return fully === once ? [first] : [first, resolved(fully.replaceAll("\\", "/"))];
}
