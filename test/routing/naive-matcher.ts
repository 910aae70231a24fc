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

const changed = (text: string, change: (text: string) => string): string[] => [
  ...new Set([text, change(text)]),
];

function untilStable(text: string, change: (text: string) => string): string {
  const next = change(text);
  return next === text ? text : untilStable(next, change);
}

const once = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const wide = (text: string) =>
  once(text).replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => {
    const code = Number.parseInt(hex, 16);
    const plain = code > 0xff00 && code < 0xff5f ? code - 0xfee0 : code;
    return Buffer.from(String.fromCharCode(plain), plain < 256 ? "latin1" : "utf8").toString("latin1");
  });

/** As a decoder reads it that takes bits and checks nothing. */
const shortest = (text: string) =>
  text
    .replace(/([\xc0\xc1])([\x80-\xbf])/g, (_, a: string, b: string) => bits(a, b, 1))
    .replace(/\xe0([\x80\x81])([\x80-\xbf])/g, (_, a: string, b: string) => bits(a, b, 1))
    .replace(/\xf0\x80([\x80\x81])([\x80-\xbf])/g, (_, a: string, b: string) => bits(a, b, 1));
const bits = (high: string, low: string, mask: number) =>
  String.fromCharCode((high.charCodeAt(0) & mask) * 64 + (low.charCodeAt(0) & 63));

const bare = (path: string) => path.replace(/;[^/\\]*/g, "");
const local = (path: string) => path.replace(/^\/\/+[^/]*/, "").replace(/^$/, "/");

/** The host that a URL parser finds there. */
const authority = (path: string) => {
  const named = /^\/\/+([^/]*)/.exec(path)?.[1];
  return named === undefined
    ? undefined
    : URL.parse(`http://${named}/`)?.hostname.replace(/\.+$/, "") || undefined;
};

function dotsResolved(path: string, parameters: boolean): string[] {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    const plain = parameters ? segment.replace(/;.*/s, "") : segment;
    if (plain !== "." && plain !== "..") kept.push(segment);
    else {
      if (plain === "..") kept.pop();
      if (i === segments.length - 1) kept.push("");
    }
  }
  return kept.length === 0 ? [""] : kept;
}

interface Read {
  readonly segments: string[];
  /** Other than the request's. */
  readonly host: string | undefined;
}

/** Every lenient reading: whatever a server may do to a path or leave, in every combination. `keeps`: encoded slashes. */
export function naiveReadings(input: MatchInput, keeps = false): Read[] {
  return changed(sentPath(input), (path) => path.split("#")[0] as string).flatMap((path) =>
    readingsOf(path, keeps),
  );
}

function readingsOf(path: string, keeps: boolean): Read[] {
  const lettered = path.replace(/%(25)*2[fF]/g, "\u2044");
  const readings: Read[] = [];
  for (const slashes of keeps ? [lettered] : [path, lettered]) {
    for (const before of changed(slashes, bare)) {
      const round = (text: string) => shortest(untilStable(text, wide));
      for (const decoded of [before, once(before), untilStable(before, once), round(round(before))]) {
        const raw = decoded === before;
        for (const after of changed(decoded, bare)) {
          for (const slashed of changed(after, (text) => text.replace(/\\/g, "/"))) {
            for (const at of changed(slashed, local)) {
              const hosts = at === slashed ? [undefined] : [undefined, authority(slashed)];
              for (const merged of changed(at, (text) => text.replace(/\/+/g, "/"))) {
                for (const dotted of changed(merged, (text) => text.replace(/\/\.\.\.(?=[/;]|$)/g, "/."))) {
                  const left = dotted.split("/").slice(1);
                  for (const read of [left, dotsResolved(dotted, false), dotsResolved(dotted, true)]) {
                    const segments = raw ? read.map(decodeOrRaw) : read;
                    for (const host of hosts) readings.push({ segments, host });
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return readings;
}
