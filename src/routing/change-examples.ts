import type { RouteImage } from "../domain/table-image.ts";
import { foldAscii } from "./bytes.ts";
import type { MatchInput } from "./contract.ts";
import { templateOf } from "./template.ts";

/** No literal of anybody's files. */
const SEGMENT = "fig-any";

/** One segment of a template: `text` decoded, `raw` as it is written. */
interface Piece {
  readonly kind: "literal" | "one" | "rest";
  readonly text: string;
  readonly raw: string;
}

type Match = RouteImage["match"];

/** What a request must be to be one of a route's, or of two routes'. */
interface Asked {
  readonly paths: readonly string[];
  /** Null: any. */
  readonly methods: readonly string[] | null;
  readonly host: string | null;
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  /** Null: whatever is asked for. */
  readonly operations: readonly string[] | null;
}

/** A request, as it is shown. */
export interface Example {
  readonly input: MatchInput;
  readonly text: string;
}

/** Each letter in the other case. */
function swapped(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20));
}

/** The template, and its twin with the other slash at its end where both match. `other`: literals whose case does not count in the other case. */
function shapesOf(
  { path, trailingSlash, caseSensitive }: Match,
  other: boolean,
): readonly (readonly Piece[])[] {
  const template = templateOf(path);
  if ("problem" in template) return [];
  const written = path.slice(1).split("/");
  const pieces = template.segments.map((segment, at): Piece => {
    const literal = written[at] as string;
    const spelt = other && !caseSensitive ? swapped(literal) : literal;
    const raw = segment.kind === "literal" ? spelt : SEGMENT;
    return { kind: segment.kind, raw, text: segment.kind === "literal" ? segment.text : "" };
  });
  const last = pieces.at(-1);
  if (trailingSlash !== "any" || last === undefined || last.kind === "rest") return [pieces];
  if (last.kind === "literal" && last.text === "")
    return pieces.length === 1 ? [pieces] : [pieces, pieces.slice(0, -1)];
  return [pieces, [...pieces, { kind: "literal", text: "", raw: "" }]];
}

/** A path and longer ones, each with and without a slash at its end. */
function ofEveryDepth(path: string, depth: number): readonly string[] {
  const paths = Array.from({ length: depth + 1 }, (_, more) => path + `/${SEGMENT}`.repeat(more));
  return [...paths, ...paths.map((each) => `${each}/`)];
}

/** The literal that both are; undefined: none is. */
function literalOf(
  a: Piece,
  b: Piece,
  folds: { readonly a: boolean; readonly b: boolean },
): string | undefined {
  const same = folds.a || folds.b ? foldAscii(a.text) === foldAscii(b.text) : a.text === b.text;
  if (!same) return undefined;
  // As the one writes it whose case counts.
  return folds.a ? b.raw : a.raw;
}

/** Paths that both shapes take, as general as such paths can be; of what `{x+}` ends, up to `depth` segments more. */
function pathsOfBoth(
  a: readonly Piece[],
  b: readonly Piece[],
  folds: { readonly a: boolean; readonly b: boolean },
  depth: number,
): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [one, other] = [a[at], b[at]];
    if (one === undefined || other === undefined) return [];
    if (one.kind === "rest" || other.kind === "rest") {
      const left = (one.kind === "rest" ? b : a).slice(at);
      if (left.every(({ raw }) => raw === "")) return [];
      const path = `/${[...found, ...left.map(({ raw }) => raw)].join("/")}`;
      // Of some lengths others may take all.
      return left.at(-1)?.kind === "rest" ? ofEveryDepth(path, depth) : [path];
    }
    const text =
      one.kind === "literal" && other.kind === "literal"
        ? literalOf(one, other, folds)
        : one.kind === "literal"
          ? one.raw
          : other.raw;
    // `{x}` takes no empty segment.
    const empty = text === "" && (one.kind === "one" || other.kind === "one");
    if (text === undefined || empty) return [];
    found.push(text);
  }
  return [`/${found.join("/")}`];
}

/** Both; undefined: two values for one name. */
function merged(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
  nameOf: (name: string) => string,
): ReadonlyMap<string, string> | undefined {
  const all = new Map<string, string>();
  for (const [given, value] of [...Object.entries(a), ...Object.entries(b)]) {
    const name = nameOf(given);
    if ((all.get(name) ?? value) !== value) return undefined;
    all.set(name, value);
  }
  return all;
}

/** What both name; null: neither names any. Undefined: there is none. */
function common(
  a: readonly string[] | null | undefined,
  b: readonly string[] | null | undefined,
): readonly string[] | null | undefined {
  if (!a || !b) return a ?? b ?? null;
  const both = a.filter((name) => b.includes(name));
  return both.length === 0 ? undefined : both;
}

/** A route's match with its shapes, in both spellings. */
interface Shaped {
  readonly match: Match;
  readonly spellings: readonly (readonly (readonly Piece[])[])[];
  /** Its literals up to the first `{x+}`, their case aside; undefined: `{x}`. */
  readonly begins: readonly (string | undefined)[];
}

/** False: their literals differ. With thousands of routes that is nearly every pair. */
function mayMeet({ begins: a }: Shaped, { begins: b }: Shaped): boolean {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const [one, other] = [a[at], b[at]];
    if (one !== undefined && other !== undefined && one !== other) return false;
  }
  return true;
}

function beginsOf(pieces: readonly Piece[] | undefined): Shaped["begins"] {
  const rest = pieces?.findIndex(({ kind }) => kind === "rest") ?? -1;
  // Of a slash at its end there may be none.
  const fixed = (rest < 0 ? pieces : pieces?.slice(0, rest))?.filter(
    ({ kind, text }) => kind !== "literal" || text !== "",
  );
  return (fixed ?? []).map(({ kind, text }) => (kind === "literal" ? foldAscii(text) : undefined));
}

/** What requests of both routes are like; undefined: no request is one of both. */
function askedOfBoth(one: Shaped, two: Shaped, depth: number): Asked | undefined {
  if (!mayMeet(one, two)) return undefined;
  const [a, b] = [one.match, two.match];
  const host = a.host ?? b.host;
  if (b.host !== null && host !== b.host) return undefined;
  const folds = { a: !a.caseSensitive, b: !b.caseSensitive };
  // Where case does not count for both, a third for which it does may take the one spelling.
  const paths = one.spellings.flatMap((shapes, at) =>
    shapes.flatMap((shape) =>
      (two.spellings[at] ?? []).flatMap((other) => pathsOfBoth(shape, other, folds, depth)),
    ),
  );
  if (paths.length === 0) return undefined;
  const methods = common(a.methods, b.methods);
  const operations = common(a.operations, b.operations);
  const headers = merged(a.headers, b.headers, (name) => name.toLowerCase());
  const query = merged(a.query, b.query, (name) => name);
  if (methods === undefined || operations === undefined || headers === undefined || query === undefined)
    return undefined;
  return { paths: [...new Set(paths)], methods, host, headers, query, operations };
}

function shown(method: string, target: string, host: string | null, operations: readonly string[]): string {
  const asks = operations.length === 0 ? "" : ` asking for ${operations.join(", ")}`;
  return `${method} ${host === null ? "" : `//${host}`}${target.replaceAll(SEGMENT, "…")}${asks}`;
}

/** Makes requests that tell two tables apart. `methods`: those of interest where a route takes any. */
export class Examples {
  private readonly methods: readonly string[];
  /** Segments of the longest template. */
  private readonly depth: number;
  private readonly shaped = new Map<Match, Shaped>();

  constructor(matches: readonly Match[]) {
    this.depth = Math.max(0, ...matches.map(({ path }) => path.split("/").length - 1));
    const named = matches.flatMap(({ methods }) => methods ?? []);
    const known = new Set(["GET", "POST", ...named]);
    // What routes without methods take besides those that name some.
    const other = ["PUT", "PATCH", "DELETE"].find((method) => !known.has(method)) ?? "FIG-ANY";
    this.methods = [...known, other];
  }

  /** Requests that a route takes, if none that is more exact does. */
  of({ match }: RouteImage): readonly Example[] {
    return this.from(askedOfBoth(this.shapedOf(match), this.shapedOf(match), this.depth));
  }

  /** Requests that either of two routes would take. */
  ofBoth(a: RouteImage, b: RouteImage): readonly Example[] {
    return this.from(askedOfBoth(this.shapedOf(a.match), this.shapedOf(b.match), this.depth));
  }

  /** Of every depth: what no route takes, where one does not take all of that depth. */
  ofNone(): readonly Example[] {
    return ["/", ...ofEveryDepth(`/${SEGMENT}`, this.depth)].flatMap((target) =>
      this.methods.map((method) => ({
        input: { ...{ method, headers: [], host: "", operations: [] }, target },
        text: shown(method, target, null, []),
      })),
    );
  }

  private shapedOf(match: Match): Shaped {
    let known = this.shaped.get(match);
    if (known === undefined) {
      const spellings = [shapesOf(match, false), shapesOf(match, true)];
      known = { match, spellings, begins: beginsOf(spellings[0]?.[0]) };
      this.shaped.set(match, known);
    }
    return known;
  }

  private from(asked: Asked | undefined): readonly Example[] {
    if (asked === undefined) return [];
    const { paths, methods, host, headers, query, operations } = asked;
    const parameters = new URLSearchParams([...query]).toString();
    // Each by itself, and all of them in one batch.
    const asks =
      operations === null
        ? [[]]
        : [...operations.map((name) => [name]), ...(operations.length > 1 ? [operations] : [])];
    return paths.flatMap((path) => {
      const target = parameters === "" ? path : `${path}?${parameters}`;
      return (methods ?? this.methods).flatMap((method) =>
        asks.map((names) => ({
          input: { method, headers: [...headers].flat(), host: host ?? "", target, operations: names },
          text: shown(method, target, host, names),
        })),
      );
    });
  }
}
