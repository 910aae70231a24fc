import type { RouteDefinition } from "../domain/route.ts";
import { decodeOnce } from "./bytes.ts";
import { asksNothing, type Conditions, conditionsHold, conditionsOf } from "./conditions.ts";
import type { MatchInput } from "./contract.ts";
import { lenientReadings, mayReadDifferently } from "./lenient.ts";
import { NO_VALUE, SegmentTable } from "./segment-table.ts";
import type { PathTemplate } from "./template.ts";

/** What matching chose: an index into the routes, or one of these. */
export const NO_ROUTE = -1;
export const AMBIGUOUS = -2;

/**
 * A route at its place in the tree. With many routes matching costs what its memory look-ups cost, so candidates are a chain
 * (one object less than a list), and what many routes have alike is one object for all of them.
 */
interface Candidate {
  readonly index: number;
  readonly conditions: Conditions;
  /** No conditions to look at. */
  readonly always: boolean;
  /** The next best route at the same place. */
  next: Candidate | undefined;
}

class Node {
  /** While the tree grows; then `literals` and `under`. */
  growing: Map<string, Node> | undefined;
  /** Literal segments, to indexes into `under`. */
  literals: SegmentTable | undefined;
  under: readonly Node[] = [];
  /** By literal: the `anyLast` of its node if no literal is under that one, found without going there. */
  anyLastUnder: Int32Array | undefined;
  one: Node | undefined;
  /** Routes whose template ends here, and those whose `{x+}` begins here; best first. */
  ends: Candidate | undefined;
  rests: Candidate | undefined;
  /** The route that takes any last segment under this node, if it asks nothing more: found without going there. */
  anyLast = NO_ROUTE;
}

/** Methods over none, then the number of conditions; what is left cannot match the same request (findTies). */
function byPrecedence(a: Candidate, b: Candidate): number {
  const { conditions: x } = a;
  const { conditions: y } = b;
  const methods = Number(y.methods !== undefined) - Number(x.methods !== undefined);
  if (methods !== 0) return methods;
  return y.headers.length + y.query.length - (x.headers.length + x.query.length) || a.index - b.index;
}

/** The chain with one more, in its place. */
function chained(first: Candidate | undefined, added: Candidate): Candidate {
  if (first === undefined || byPrecedence(added, first) < 0) {
    added.next = first;
    return added;
  }
  let before = first;
  while (before.next !== undefined && byPrecedence(added, before.next) >= 0) before = before.next;
  added.next = before.next;
  before.next = added;
  return first;
}

function insert(root: Node, template: PathTemplate, candidate: Candidate): void {
  let node = root;
  for (const segment of template.segments) {
    if (segment.kind === "rest") {
      node.rests = chained(node.rests, candidate);
      return;
    }
    let next: Node | undefined;
    if (segment.kind === "one") {
      next = node.one ??= new Node();
    } else {
      node.growing ??= new Map();
      next = node.growing.get(segment.text);
      if (next === undefined) {
        next = new Node();
        node.growing.set(segment.text, next);
      }
    }
    node = next;
  }
  node.ends = chained(node.ends, candidate);
}

/** Brings the tree into the form that is fast to walk, once every route is in its place. */
function finish(node: Node): void {
  const { one, growing } = node;
  if (one?.ends?.always === true) node.anyLast = one.ends.index;
  if (one !== undefined) finish(one);
  if (growing === undefined) return;
  node.growing = undefined;
  node.under = [...growing.values()];
  for (const literal of node.under) finish(literal);
  node.literals = new SegmentTable([...growing.keys()].map((text, index) => [text, index]));
  node.anyLastUnder = Int32Array.from(node.under, ({ literals, anyLast }) =>
    literals === undefined ? anyLast : NO_ROUTE,
  );
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
}

function firstThatHolds(first: Candidate | undefined, reading: Reading): number {
  for (let one = first; one !== undefined; one = one.next) {
    if (one.always || conditionsHold(one.conditions, reading.input, reading.queryStart)) return one.index;
  }
  return NO_ROUTE;
}

/** `{x+}` takes at least one non-empty segment, so that merging slashes changes nothing about it. */
function hasSegment(path: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (path.charCodeAt(at) !== 0x2f) return true;
  return false;
}

function findSegment(table: SegmentTable, path: string, from: number, stop: number, decode: boolean): number {
  if (!decode) return table.find(path, from, stop);
  const sent = path.slice(from, stop);
  const text = decodeOnce(sent) ?? sent;
  return table.find(text, 0, text.length);
}

function isLastSegment(path: string, from: number, end: number): boolean {
  const stop = path.indexOf("/", from);
  return stop < 0 || stop >= end;
}

/** Literal over `{x}` over `{x+}`; a branch in which nothing holds falls back to the next. Each node is seen at most once. */
function descend(node: Node, from: number, reading: Reading): number {
  const { path, end } = reading;
  let stop = path.indexOf("/", from);
  if (stop < 0 || stop > end) stop = end;
  const last = stop === end;
  if (node.literals !== undefined) {
    const index = findSegment(node.literals, path, from, stop, reading.decode);
    if (index !== NO_VALUE) {
      if (!last && stop + 1 < end) {
        const anyLast = (node.anyLastUnder as Int32Array)[index] as number;
        if (anyLast !== NO_ROUTE && isLastSegment(path, stop + 1, end)) return anyLast;
      }
      const literal = node.under[index] as Node;
      const found = last ? firstThatHolds(literal.ends, reading) : descend(literal, stop + 1, reading);
      if (found !== NO_ROUTE) return found;
    }
  }
  if (last && node.anyLast !== NO_ROUTE && stop > from) return node.anyLast;
  if (node.one !== undefined && stop > from) {
    const found = last ? firstThatHolds(node.one.ends, reading) : descend(node.one, stop + 1, reading);
    if (found !== NO_ROUTE) return found;
  }
  if (node.rests !== undefined && hasSegment(path, from, end)) return firstThatHolds(node.rests, reading);
  return NO_ROUTE;
}

/** Where the path begins: 0 for origin-form, after the authority for absolute-form, -1 where there is none (`*`). */
export function pathStart(target: string): number {
  if (target.charCodeAt(0) === 0x2f) return 0;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*(?=\/)/.exec(target);
  return scheme === null ? -1 : scheme[0].length;
}

/** Where the path ends: at the query, or with the target. */
export function pathEnd(target: string): number {
  const mark = target.indexOf("?");
  return mark < 0 ? target.length : mark;
}

/** The compiled matching tree: knows routes by index only, so tables with other positions share it. */
export class Matcher {
  private readonly anyHost = new Node();
  private readonly hosts = new Map<string, Node>();

  constructor(routes: readonly { readonly definition: RouteDefinition; readonly template: PathTemplate }[]) {
    const known = new Map<string, Conditions>();
    const shared = (conditions: Conditions): Conditions => {
      const key = JSON.stringify(conditions);
      const same = known.get(key);
      if (same === undefined) known.set(key, conditions);
      return same ?? conditions;
    };
    for (const [index, { definition, template }] of routes.entries()) {
      const { match } = definition;
      const conditions = shared(conditionsOf(match));
      insert(this.rootOf(match.host), template, {
        index,
        conditions,
        always: asksNothing(conditions),
        next: undefined,
      });
    }
    for (const root of [this.anyHost, ...this.hosts.values()]) finish(root);
  }

  private rootOf(host: string | undefined): Node {
    if (host === undefined) return this.anyHost;
    let root = this.hosts.get(host);
    if (root === undefined) {
      root = new Node();
      this.hosts.set(host, root);
    }
    return root;
  }

  private read(reading: Reading, start: number): number {
    const own = this.hosts.size === 0 ? undefined : this.hosts.get(reading.input.host);
    if (own !== undefined) {
      const found = descend(own, start + 1, reading);
      if (found !== NO_ROUTE) return found;
    }
    return descend(this.anyHost, start + 1, reading);
  }

  /** The index of the route that takes this request, NO_ROUTE or AMBIGUOUS. */
  match(input: MatchInput): number {
    const { target } = input;
    const start = pathStart(target);
    const end = pathEnd(target);
    if (start < 0 || start >= end) return NO_ROUTE;
    const queryStart = end === target.length ? end : end + 1;
    if (!mayReadDifferently(target, start, end)) {
      return this.read({ input, path: target, end, decode: false, queryStart }, start);
    }
    const strict = this.read({ input, path: target, end, decode: true, queryStart }, start);
    for (const path of lenientReadings(target.slice(start, end))) {
      const lenient = this.read({ input, path, end: path.length, decode: false, queryStart }, 0);
      if (lenient !== strict) return AMBIGUOUS;
    }
    return strict;
  }
}
