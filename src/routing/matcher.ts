import type { RouteDefinition } from "../domain/route.ts";
import { decodeOnce } from "./bytes.ts";
import { type Conditions, conditionsHold, conditionsOf } from "./conditions.ts";
import type { MatchInput } from "./contract.ts";
import { lenientReadings, mayReadDifferently } from "./lenient.ts";
import type { PathTemplate } from "./template.ts";

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

/** Methods over none, then the number of conditions; what is left cannot match the same request (findTies). */
function candidateOf(index: number, conditions: Conditions): Candidate {
  const { methods, headers, query } = conditions;
  const rank = (methods === undefined ? 0 : 2 ** 32) + headers.length + query.length;
  return { index, rank, conditions: rank === 0 ? undefined : conditions, next: undefined };
}

function chained(first: Candidate | undefined, added: Candidate): Candidate {
  if (first === undefined || added.rank > first.rank) return { ...added, next: first };
  return { ...first, next: chained(first.next, added) };
}

function insert(root: Node, template: PathTemplate, candidate: Candidate): void {
  let node = root;
  for (const segment of template.segments) {
    if (segment.kind === "rest") {
      node.rests = chained(node.rests, candidate);
      return;
    }
    if (segment.kind === "one") {
      node.one ??= new Node();
      node = node.one;
    } else {
      node.literals ??= new Map();
      const next = node.literals.get(segment.text) ?? new Node();
      node.literals.set(segment.text, next);
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
  const { path, end, decode, captures } = reading;
  const slash = path.indexOf("/", from);
  const stop = slash < 0 || slash > end ? end : slash;
  const sent = path.slice(from, stop);
  const under = (next: Node) => {
    if (stop < end) return descend(next, stop + 1, reading);
    return next.only >= 0 ? next.only : firstThatHolds(next.ends, reading);
  };
  const literal = node.literals?.get(decode ? (decodeOnce(sent) ?? sent) : sent);
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

const NO_READINGS: readonly string[] = [];

/** The compiled matching tree: knows routes by index only, so tables with other positions share it. */
export class Matcher {
  private readonly anyHost = new Node();
  private readonly hosts = new Map<string, Node>();

  constructor(routes: readonly { readonly definition: RouteDefinition; readonly template: PathTemplate }[]) {
    for (const [index, { definition, template }] of routes.entries()) {
      const { host } = definition.match;
      const root = host === undefined ? this.anyHost : (this.hosts.get(host) ?? new Node());
      if (host !== undefined) this.hosts.set(host, root);
      insert(root, template, candidateOf(index, conditionsOf(definition.match)));
    }
  }

  private read(reading: Reading, start: number): number | undefined {
    const own = this.hosts.get(reading.input.host);
    const found = own === undefined ? undefined : descend(own, start + 1, reading);
    return found ?? descend(this.anyHost, start + 1, reading);
  }

  match(input: MatchInput): Match | "ambiguous" | undefined {
    const { target } = input;
    const start = pathStart(target);
    const end = pathEnd(target);
    if (start < 0 || start >= end) return undefined;
    const queryStart = end === target.length ? end : end + 1;
    const decode = mayReadDifferently(target, start, end);
    const captures: string[] = [];
    const strict = this.read({ input, path: target, end, decode, queryStart, captures }, start);
    for (const path of decode ? lenientReadings(target.slice(start, end)) : NO_READINGS) {
      const reading = { input, path, end: path.length, decode: false, queryStart, captures: [] };
      if (this.read(reading, 0) !== strict) return "ambiguous";
    }
    return strict === undefined ? undefined : { index: strict, captures };
  }
}
