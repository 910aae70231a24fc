/** The obviously correct matcher: tries every route, ranks those that hold, shares no code with the real one. */
import type { RouteDefinition } from "../../src/domain/route.ts";
import type { MatchInput } from "../../src/routing/contract.ts";

function decodeOrRaw(segment: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(segment)) return segment;
  return segment.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const inLowerCase = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function holdsWritten(template: string, segments: readonly string[], folds: boolean): boolean {
  const wanted = template.split("/").slice(1);
  const same = (a: string | undefined, b: string) =>
    a === b || (folds && a !== undefined && inLowerCase(a) === inLowerCase(b));
  for (const [i, part] of wanted.entries()) {
    if (part.endsWith("+}")) return segments.slice(i).some((segment) => segment !== "");
    if (i >= segments.length) return false;
    if (part.startsWith("{") ? segments[i] === "" : !same(segments[i], decodeOrRaw(part))) return false;
  }
  return wanted.length === segments.length;
}

/** As it is written, or with the other end where that is allowed. */
function holdsPath({ match }: RouteDefinition, segments: readonly string[]): "written" | "other" | undefined {
  const { path, caseSensitive, trailingSlash } = match;
  const folds = caseSensitive === false;
  if (holdsWritten(path, segments, folds)) return "written";
  if (trailingSlash !== "any" || path === "/" || path.endsWith("+}")) return undefined;
  const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
  return holdsWritten(other, segments, folds) ? "other" : undefined;
}

function holds(route: RouteDefinition, input: MatchInput, segments: readonly string[]): boolean {
  const { match } = route;
  if (match.host !== undefined && match.host !== input.host) return false;
  if (match.methods !== undefined && !match.methods.includes(input.method)) return false;
  for (const [name, value] of Object.entries(match.headers)) {
    const sent: string[] = [];
    for (let i = 0; i < input.headers.length; i += 2) {
      if (input.headers[i]?.toLowerCase() === name) sent.push(input.headers[i + 1] as string);
    }
    if (sent.length !== 1 || sent[0] !== value) return false;
  }
  const query = new URLSearchParams(input.target.split("?").slice(1).join("?"));
  for (const [name, value] of Object.entries(match.query)) if (query.get(name) !== value) return false;
  return holdsPath(route, segments) !== undefined;
}

/** Higher wins, compared number by number. */
function rank(route: RouteDefinition, sent: readonly string[]): number[] {
  const { match } = route;
  const segments = match.path
    .replace(/(?<=.)\/$/, "")
    .split("/")
    .slice(1);
  const conditions = Object.keys(match.headers).length + Object.keys(match.query).length;
  return [
    match.host === undefined ? 0 : 1,
    ...Array.from({ length: 12 }, (_, i) => {
      const part = segments[i];
      if (part === undefined) return 0;
      return part.endsWith("+}") ? 1 : part.startsWith("{") ? 2 : 3;
    }),
    match.caseSensitive === false ? 0 : 1,
    holdsPath(route, sent) === "written" ? 1 : 0,
    match.methods === undefined ? 0 : 1,
    conditions,
  ];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - (b[i] as number);
  return 0;
}

/** Every route that holds with the highest precedence: one, unless routes tie. */
export function naiveBest(
  routes: readonly RouteDefinition[],
  input: MatchInput,
  segments: readonly string[],
): RouteDefinition[] {
  const matching = routes.filter((route) => holds(route, input, segments));
  const best = matching.map((route) => rank(route, segments)).sort((a, b) => compareRanks(b, a))[0];
  return best === undefined
    ? []
    : matching.filter((route) => compareRanks(rank(route, segments), best) === 0);
}

function sentPath(input: MatchInput): string {
  return input.target.split("?")[0] as string;
}

export function strictSegments(input: MatchInput): string[] {
  return sentPath(input).split("/").slice(1).map(decodeOrRaw);
}

/** Every lenient reading's segments: decoded once, twice, ... until nothing changes. `keeps`: but for encoded slashes. */
export function lenientSegments(input: MatchInput, keeps = false): string[][] {
  const readings: string[][] = [];
  let path = sentPath(input).split("#")[0] as string;
  if (keeps) path = path.replace(/%(25)*2[fF]/g, "\u2044");
  for (let previous = ""; previous !== path; ) {
    previous = path;
    path = path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    const segments = path.replace(/\\/g, "/").replace(/\/+/g, "/").split("/").slice(1);
    const kept: string[] = [];
    for (const [i, segment] of segments.entries()) {
      const bare = segment.replace(/;.*/s, "");
      const last = i === segments.length - 1;
      if (bare !== "." && bare !== "..") kept.push(segment);
      else {
        if (bare === "..") kept.pop();
        if (last) kept.push("");
      }
    }
    readings.push(kept.length === 0 ? [""] : kept);
  }
  return readings;
}
