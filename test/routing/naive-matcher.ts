/** The obviously correct matcher: tries every route, ranks those that hold, shares no code with the real one. */
import type { RouteDefinition } from "../../src/domain/route.ts";
import type { MatchInput } from "../../src/routing/contract.ts";

function decodeOrRaw(segment: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(segment)) return segment;
  return segment.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function holdsPath(template: string, segments: readonly string[]): boolean {
  const wanted = template.split("/").slice(1);
  for (const [i, part] of wanted.entries()) {
    if (part.endsWith("+}")) return segments.slice(i).some((segment) => segment !== "");
    if (i >= segments.length) return false;
    if (part.startsWith("{") ? segments[i] === "" : segments[i] !== decodeOrRaw(part)) return false;
  }
  return wanted.length === segments.length;
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
  return holdsPath(match.path, segments);
}

/** Higher wins, compared number by number. */
function rank(route: RouteDefinition): number[] {
  const { match } = route;
  const segments = match.path.split("/").slice(1);
  const conditions = Object.keys(match.headers).length + Object.keys(match.query).length;
  return [
    match.host === undefined ? 0 : 1,
    ...Array.from({ length: 12 }, (_, i) => {
      const part = segments[i];
      if (part === undefined) return 0;
      return part.endsWith("+}") ? 1 : part.startsWith("{") ? 2 : 3;
    }),
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
  const best = matching.map(rank).sort((a, b) => compareRanks(b, a))[0];
  return best === undefined ? [] : matching.filter((route) => compareRanks(rank(route), best) === 0);
}

function sentPath(input: MatchInput): string {
  return input.target.split("?")[0] as string;
}

export function strictSegments(input: MatchInput): string[] {
  return sentPath(input).split("/").slice(1).map(decodeOrRaw);
}

/** Every lenient reading's segments: decoded once, twice, ... until nothing changes. */
export function lenientSegments(input: MatchInput): string[][] {
  const readings: string[][] = [];
  let path = sentPath(input).split("#")[0] as string;
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
