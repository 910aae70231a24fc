import type { RouteDefinition } from "../domain/route.ts";
import { isMessageRoute } from "../domain/websocket-api.ts";
import { decodeOnce, foldAscii } from "./bytes.ts";
import { type Conditions, conditionsHold, conditionsOf, numberOf } from "./conditions.ts";
import type { MatchInput } from "./contract.ts";
import { lenientHost } from "./host-forms.ts";
import {
  type Declared,
  lenientReadings,
  MAX_PATH_READINGS,
  MAX_READ_CHARACTERS,
  mayReadDifferently,
} from "./lenient.ts";
import type { PathTemplate, TemplateSegment } from "./template.ts";

/** A route at its place in the tree, and the next best one there. */
interface Candidate {
  readonly index: number;
  readonly rank: number;
  /** Undefined: it asks for nothing but its path. */
  readonly conditions: Conditions | undefined;
  readonly next: Candidate | undefined;
}

class Node {
  literals: Map<string, Node> | undefined = undefined;
  one: Node | undefined = undefined;
  /** The route whose template ends here, if there is one alone and it asks for nothing but its path; -1: see `ends`. */
  only = -1;
  /** Routes whose template ends here, and those whose `{x+}` begins here; best first. */
  ends: Candidate | undefined = undefined;
  rests: Candidate | undefined = undefined;
}

/** Behind every route whose path is written as the request's. */
const OTHER_SLASH = 2 ** 40;

/** Methods over none, then the number of conditions; what is left cannot match the same request (findTies). */
function candidateOf(index: number, conditions: Conditions): Candidate {
  const { methods } = conditions;
  const rank = (methods === undefined ? 0 : 2 ** 32) + numberOf(conditions);
  return { index, rank, conditions: rank === 0 ? undefined : conditions, next: undefined };
}

function chained(first: Candidate | undefined, added: Candidate): Candidate {
  if (first === undefined || added.rank > first.rank) return { ...added, next: first };
  return { ...first, next: chained(first.next, added) };
}

/** With the slash at its end taken away, or put there. Undefined: `/` and what `{x+}` ends have no such twin. */
function otherSlash(segments: readonly TemplateSegment[]): readonly TemplateSegment[] | undefined {
  const last = segments.at(-1);
  if (last === undefined || last.kind === "rest") return undefined;
  if (last.kind !== "literal" || last.text !== "") return [...segments, { kind: "literal", text: "" }];
  return segments.length === 1 ? undefined : segments.slice(0, -1);
}

function insert(
  root: Node,
  segments: readonly TemplateSegment[],
  candidate: Candidate,
  folds: boolean,
): void {
  let node = root;
  for (const segment of segments) {
    if (segment.kind === "rest") {
      node.rests = chained(node.rests, candidate);
      return;
    }
    if (segment.kind === "one") {
      node.one ??= new Node();
      node = node.one;
    } else {
      const text = folds ? foldAscii(segment.text) : segment.text;
      node.literals ??= new Map();
      const next = node.literals.get(text) ?? new Node();
      node.literals.set(text, next);
      node = next;
    }
  }
  node.ends = chained(node.ends, candidate);
  const { index, conditions, next } = node.ends;
  node.only = conditions === undefined && next === undefined ? index : -1;
}

/** One reading of one request's path, walked down the tree. */
interface Reading {
  readonly input: MatchInput;
  readonly path: string;
  /** Where the path ends in `path`. */
  readonly end: number;
  /** Segments are decoded before they are compared. */
  readonly decode: boolean;
  /** Literals are compared in lower case. */
  readonly folds: boolean;
  readonly queryStart: number;
  /** What `{x}` and `{x+}` on the way stand for, as it is in `path`. */
  readonly captures: string[];
}

function firstThatHolds(first: Candidate | undefined, { input, queryStart }: Reading): number | undefined {
  for (let one = first; one !== undefined; one = one.next) {
    const { conditions, index } = one;
    if (conditions === undefined || conditionsHold(conditions, input, queryStart)) return index;
  }
  return undefined;
}

/** `{x+}` takes at least one non-empty segment, so that merging slashes changes nothing about it. */
function hasSegment(path: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (path.charCodeAt(at) !== 0x2f) return true;
  return false;
}

/** Literal over `{x}` over `{x+}`; a branch in which nothing holds falls back to the next. Each node is seen at most once. */
function descend(node: Node, from: number, reading: Reading): number | undefined {
  const { path, end, decode, folds, captures } = reading;
  const slash = path.indexOf("/", from);
  const stop = slash < 0 || slash > end ? end : slash;
  const sent = path.slice(from, stop);
  const under = (next: Node) => {
    if (stop < end) return descend(next, stop + 1, reading);
    return next.only >= 0 ? next.only : firstThatHolds(next.ends, reading);
  };
  const read = decode ? (decodeOnce(sent) ?? sent) : sent;
  const literal = node.literals?.get(folds ? foldAscii(read) : read);
  const found = literal === undefined ? undefined : under(literal);
  if (found !== undefined) return found;
  const before = captures.length;
  if (node.one !== undefined && sent !== "") {
    captures.push(sent);
    const one = under(node.one);
    if (one !== undefined) return one;
    captures.length = before;
  }
  if (node.rests === undefined || !hasSegment(path, from, end)) return undefined;
  const rest = firstThatHolds(node.rests, reading);
  if (rest !== undefined) captures.push(path.slice(from, end));
  return rest;
}

/** Where the path begins: 0 for origin-form, after the authority for absolute-form, -1 where there is none (`*`). */
function pathStart(target: string): number {
  if (target.charCodeAt(0) === 0x2f) return 0;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*(?=\/)/.exec(target);
  return scheme === null ? -1 : scheme[0].length;
}

/** Where the path ends: at the query, or with the target. */
export function pathEnd(target: string): number {
  const mark = target.indexOf("?");
  return mark < 0 ? target.length : mark;
}

/** The route that takes a request, by its place in the list, and the raw bytes that its captures stand for. */
interface Match {
  readonly index: number;
  readonly captures: readonly string[];
}

const LOWER = /[a-z]/;

/** The trees of one host: of paths whose case counts, and of those whose case does not. */
class Trees {
  exact: Node | undefined = undefined;
  folded: Node | undefined = undefined;

  of(folds: boolean): Node {
    if (folds) this.folded ??= new Node();
    else this.exact ??= new Node();
    return (folds ? this.folded : this.exact) as Node;
  }
}

/** How exact a path is, segment by segment, as a text to compare: a literal over `{x}` over `{x+}`. A slash at its end is none. */
function exactness({ segments }: PathTemplate): string {
  const text = segments.map(({ kind }) => ({ literal: "2", one: "1", rest: "0" })[kind]).join("");
  const last = segments.at(-1);
  return last?.kind === "literal" && last.text === "" ? text.slice(0, -1) : text;
}

/** What matching knows of a route besides its place in a tree. */
interface RouteFacts extends Declared {
  readonly exactness: string;
  /** Those that the route names. */
  readonly methods: readonly string[] | undefined;
}

const NOTHING: Declared = { keepsSlashes: false, literals: new Set() };

function literalsWithParameters({ segments }: PathTemplate): ReadonlySet<string> {
  const texts = segments.map((segment) => (segment.kind === "literal" ? segment.text : ""));
  return new Set(texts.filter((text) => text.includes(";")));
}

/** The compiled matching tree: knows routes by index only, so tables with other positions share it. */
export class Matcher {
  private readonly anyHost = new Trees();
  private readonly hosts = new Map<string, Trees>();
  private readonly facts: readonly RouteFacts[];

  constructor(routes: readonly { readonly definition: RouteDefinition; readonly template: PathTemplate }[]) {
    for (const [index, { definition, template }] of routes.entries()) {
      // It has a place among the routes, and no request finds it.
      if (isMessageRoute(definition)) continue;
      const { host, caseSensitive, trailingSlash } = definition.match;
      const trees = host === undefined ? this.anyHost : (this.hosts.get(host) ?? new Trees());
      if (host !== undefined) this.hosts.set(host, trees);
      const folds = caseSensitive === false;
      const candidate = candidateOf(index, conditionsOf(definition.match));
      insert(trees.of(folds), template.segments, candidate, folds);
      const twin = trailingSlash === "any" ? otherSlash(template.segments) : undefined;
      if (twin !== undefined)
        insert(trees.of(folds), twin, { ...candidate, rank: candidate.rank - OTHER_SLASH }, folds);
    }
    this.facts = routes.map(({ definition, template }) => ({
      exactness: exactness(template),
      keepsSlashes: definition.match.encodedSlash === "keep",
      methods: definition.match.methods,
      literals: literalsWithParameters(template),
    }));
  }

  /** Of two paths that are as exact, the one whose case counts. */
  private within(trees: Trees, reading: Reading, start: number): number | undefined {
    const { exact, folded } = trees;
    const found = exact === undefined ? undefined : descend(exact, start + 1, reading);
    if (folded === undefined) return found;
    const captures: string[] = [];
    const other = descend(folded, start + 1, { ...reading, folds: true, captures });
    if (other === undefined) return found;
    if (found !== undefined && this.exactnessOf(found) >= this.exactnessOf(other)) return found;
    reading.captures.splice(0, Number.POSITIVE_INFINITY, ...captures);
    return other;
  }

  private exactnessOf(index: number): string {
    return (this.facts[index] as RouteFacts).exactness;
  }

  private read(reading: Reading, start: number, host = reading.input.host): number | undefined {
    const own = this.hosts.get(host);
    const found = own === undefined ? undefined : this.within(own, reading, start);
    return found ?? this.within(this.anyHost, reading, start);
  }

  match(input: MatchInput): Match | "ambiguous" | undefined {
    const { target } = input;
    const start = pathStart(target);
    const end = pathEnd(target);
    if (start < 0 || start >= end) return undefined;
    const queryStart = end === target.length ? end : end + 1;
    const decode = mayReadDifferently(target, start, end);
    const captures: string[] = [];
    const sent = { input, path: target, end, decode, folds: false, queryStart };
    const strict = this.read({ ...sent, captures }, start);
    const host = this.otherHost(input.host);
    if (host !== undefined && this.read({ ...sent, captures: [] }, start, host) !== strict)
      return "ambiguous";
    if (LOWER.test(input.method) && !this.agreeOnMethod(sent, start, strict)) return "ambiguous";
    if (decode && !this.agree(target.slice(start, end), strict, input, queryStart, host)) return "ambiguous";
    return strict === undefined ? undefined : { index: strict, captures };
  }

  /** As a lenient server reads it, where that could make a difference. */
  private otherHost(host: string): string | undefined {
    return this.hosts.size === 0 || this.hosts.has(host) ? undefined : lenientHost(host);
  }

  /** Some servers (gunicorn) read a method in upper case. */
  private agreeOnMethod(sent: Omit<Reading, "captures">, start: number, strict: number | undefined): boolean {
    if (strict !== undefined && this.facts[strict]?.methods?.includes(sent.input.method)) return true;
    const input = { ...sent.input, method: sent.input.method.toUpperCase() };
    return this.read({ ...sent, input, captures: [] }, start) === strict;
  }

  /** Whether every lenient reading of the path chooses the same route. */
  private agree(
    path: string,
    strict: number | undefined,
    input: MatchInput,
    queryStart: number,
    host: string | undefined,
  ): boolean {
    if (this.facts.length === 0) return true;
    const declared = strict === undefined ? NOTHING : (this.facts[strict] as RouteFacts);
    let count = 0;
    let characters = 0;
    for (const { path: read, encoded, authority } of lenientReadings(path, declared)) {
      const reading = { input, path: read, end: read.length, decode: encoded, folds: false, queryStart };
      characters += read.length;
      if (++count > MAX_PATH_READINGS || characters > MAX_READ_CHARACTERS) return false;
      if (this.read({ ...reading, captures: [] }, 0) !== strict) return false;
      for (const other of [host, authority])
        if (other !== undefined && this.read({ ...reading, captures: [] }, 0, other) !== strict) return false;
    }
    return true;
  }
}
