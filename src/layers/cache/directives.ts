/** Cache-Control, read (RFC 9111 §5.2): lower-case names to values; true: without one. */
export type Directives = ReadonlyMap<string, string | true>;

const NONE: Directives = new Map();
const PART = /([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"?|([^",;\s]*)))?/gi;

/** Of a name that comes twice the first counts (RFC 9111 §4.2.1). */
export function directivesOf(line: string | undefined): Directives {
  if (line === undefined || line === "") return NONE;
  const found = new Map<string, string | true>();
  for (const [, name = "", quoted, token] of line.matchAll(PART)) {
    const lower = name.toLowerCase();
    if (!found.has(lower)) found.set(lower, quoted ?? token ?? true);
  }
  return found;
}

/** 2^31: what is longer means as much (RFC 9111 §1.2.2). */
const MOST_SECONDS = 2_147_483_648;

/** Delta-seconds; undefined: the directive is not there. What is no number is 0, which is the careful reading. */
export function secondsOf(directives: Directives, name: string): number | undefined {
  const value = directives.get(name);
  if (value === undefined) return undefined;
  return value !== true && /^\d+$/.test(value) ? Math.min(Number(value), MOST_SECONDS) : 0;
}
