import { NO_ANSWERS, type StrataCounts, type Stratum } from "../counter-shapes.ts";
import { countedMethod } from "../message.ts";
import type { NotComparedReason } from "../outcomes.ts";
import type { Side } from "../position.ts";
import { addedAnswers, StratumAnswers } from "./answers.ts";
import { isOfOthers, othersOf } from "./others.ts";
import { isPlaceholder, templatedSegment } from "./segment.ts";

/** Strata told apart in one window by one process; what is beyond is one stratum a method. */
export const MAX_STRATA = 200;
/** The same in all windows of a process. */
export const MAX_ALL_STRATA = 20_000;
/** Names below one node, from its second level on: with more they are values, not endpoints. */
const MAX_NAMES = 50;
/** What came so often keeps its name when its siblings lose theirs, and its place when there is none left. */
const KEPT = 8;
/** Of so many rare siblings at least, places are won back before a stratum is given up. */
const MIN_FOLDED = 8;
const MAX_NODES = 1_000;
/** What lies deeper is one. */
const MAX_DEPTH = 8;
const DEEPER = "**";
/** What came often keeps its place until so many others came since: a scan that is over does not keep places from who comes now. */
const KEPT_FOR = 10_000;

/** What stands for one of many names. */
const NAME = "{name}";

/** How one request of a stratum ended. */
export type StratumOutcome = "match" | "mismatch" | NotComparedReason;

/** Places for strata, in all windows of a process. */
export interface StrataRoom {
  left: number;
}

interface Node {
  /** How often each came. */
  readonly names: Map<string, number>;
  /** How many of them came less often than KEPT. */
  rare: number;
  folded: boolean;
}

/** What of a request says in which stratum it is. */
export interface OfStratum {
  readonly method: string;
  /** The template of the route's match. */
  readonly path: string;
  /** What the request's path had for it, raw. */
  readonly captures: readonly string[];
  /** Names of the operations that it asks for (operations/operation-name); undefined: it is told by its path alone. */
  readonly operations?: readonly string[] | undefined;
}

/** What a side gave. */
export interface SideAnswer {
  readonly side: Side;
  readonly micros: number;
  readonly error: boolean;
}

interface Counting {
  /** The request that came last, by its number. */
  seen: number;
  compared: number;
  mismatched: number;
  /** Of both, those that are no further witness. */
  same: number;
  sameMismatched: number;
  without: Partial<Record<NotComparedReason, number>> | undefined;
  answers: StratumAnswers | undefined;
}

const nothing = (seen: number): Counting => ({
  ...{ seen, compared: 0, mismatched: 0, same: 0, sameMismatched: 0 },
  ...{ without: undefined, answers: undefined },
});

/** How often it came: as what was drawn for a shadow, and as what was answered. */
function seen({ compared, without = {}, answers }: Counting): number {
  return Object.values(without).reduce((sum, count) => sum + count, compared) + (answers?.total ?? 0);
}

function answered(stratum: Counting, { side, micros, error }: SideAnswer): void {
  stratum.answers ??= new StratumAnswers();
  stratum.answers.add(side, micros, error);
}

/** Where the segment of a stratum's name that begins there ends: at the next, or before the operation. */
function segmentEnd(name: string, from: number): number {
  for (let at = from; at < name.length; at++) if (name[at] === "/" || name[at] === " ") return at;
  return name.length;
}

function add(into: Counting, more: Counting): void {
  into.compared += more.compared;
  into.mismatched += more.mismatched;
  into.same += more.same;
  into.sameMismatched += more.sameMismatched;
  into.answers = addedAnswers(into.answers, more.answers);
  if (more.without === undefined) return;
  into.without ??= {};
  for (const [reason, count] of Object.entries(more.without)) {
    const name = reason as NotComparedReason;
    into.without[name] = (into.without[name] ?? 0) + count;
  }
}

/**
 * A window's requests by *stratum*: method and path template within the route, and the operation where requests of one path ask for
 * several. What the route's own template names is taken from
 * it. Of the rest (`{rest+}`) a segment that reads like an id is folded by its form; from the second one on, names are folded too once there
 * are too many of them. Bounded in strata, nodes and depth; counts move along when strata are folded, so that they always add up.
 */
export class StrataTally {
  /** Requests that were counted in, or moved to, the stratum of the others. */
  others = 0;
  private requests = 0;
  /** Seen least recently first. */
  private readonly strata = new Map<string, Counting>();
  private readonly nodes = new Map<string, Node>();
  private readonly room: StrataRoom;
  /** No node has more rare names: while they are too few, none is looked for. What is beyond the bounds comes as often as anybody likes. */
  private mostRare = 0;

  constructor(room: StrataRoom = { left: MAX_ALL_STRATA }) {
    this.room = room;
  }

  /**
   * A shadowed request ended. A batch counts for each of its operations. `again`: compared, it is no further witness. `answers`: what
   * the sides gave, as far as that counts.
   */
  count(of: OfStratum, outcome: StratumOutcome, again = false, answers: readonly SideAnswer[] = []): void {
    for (const stratum of this.strataOf(of)) {
      for (const each of answers) answered(stratum, each);
      if (outcome === "match" || outcome === "mismatch") {
        const wrong = Number(outcome === "mismatch");
        stratum.compared++;
        stratum.mismatched += wrong;
        if (!again) continue;
        stratum.same++;
        stratum.sameMismatched += wrong;
        continue;
      }
      stratum.without ??= {};
      stratum.without[outcome] = (stratum.without[outcome] ?? 0) + 1;
    }
  }

  /** A side answered, or failed. */
  answered(of: OfStratum, answer: SideAnswer): void {
    for (const stratum of this.strataOf(of)) answered(stratum, answer);
  }

  /** Absolute, by `METHOD template`, or `METHOD template operation`. */
  counts(): StrataCounts {
    const counts: Record<string, Stratum> = {};
    for (const [name, { compared, mismatched, without, answers, same, sameMismatched }] of this.strata) {
      const answered = answers?.counts();
      if (same > 0)
        counts[name] = [compared, mismatched, { ...without }, answered ?? NO_ANSWERS, [same, sameMismatched]];
      else if (answered !== undefined) counts[name] = [compared, mismatched, { ...without }, answered];
      else if (without !== undefined) counts[name] = [compared, mismatched, { ...without }];
      else counts[name] = [compared, mismatched];
    }
    return counts;
  }

  /** Its places are free: nothing is counted here any more. */
  release(): void {
    this.room.left += this.placed;
    this.strata.clear();
    this.nodes.clear();
  }

  private placed = 0;

  private strataOf(of: OfStratum): readonly Counting[] {
    this.requests++;
    return (of.operations ?? [undefined]).map((operation) => this.stratumOf(of, operation));
  }

  private stratumOf({ method: sent, path, captures }: OfStratum, operation: string | undefined): Counting {
    const method = countedMethod(sent);
    const named = () => {
      const template = this.nameOf(method, path, captures);
      return operation === undefined ? template : `${template} ${operation}`;
    };
    let name = named();
    while (!this.strata.has(name) && this.isFull() && this.foldFullest()) name = named();
    const known = this.strata.get(name);
    if (known !== undefined) {
      this.strata.delete(name);
      this.strata.set(name, known);
      known.seen = this.requests;
      return known;
    }
    if (this.isFull() && !this.giveUpRarest()) {
      this.others++;
      return this.other(method);
    }
    const stratum = nothing(this.requests);
    this.strata.set(name, stratum);
    this.placed++;
    this.room.left--;
    return stratum;
  }

  private isFull(): boolean {
    return this.placed >= MAX_STRATA || this.room.left <= 0;
  }

  private nameOf(method: string, path: string, captures: readonly string[]): string {
    if (!path.endsWith("+}")) return `${method} ${path}`;
    let name = `${method} ${path.slice(0, path.lastIndexOf("/{"))}`;
    const segments = (captures.at(-1) ?? "").split("/", MAX_DEPTH + 1);
    for (const [depth, raw] of segments.entries()) {
      if (depth === MAX_DEPTH) return `${name}/${DEEPER}`;
      const segment = templatedSegment(raw);
      const folds = depth > 0 && segment !== "" && !isPlaceholder(segment);
      name = `${name}/${folds ? this.named(name, segment) : segment}`;
    }
    return name;
  }

  /** The name itself, or what stands for it below this node. */
  private named(parent: string, segment: string): string {
    const node = this.nodeAt(parent);
    const came = node.names.get(segment);
    if (came === undefined && node.folded) return NAME;
    if (came === undefined && node.names.size >= MAX_NAMES) {
      this.fold(parent, node);
      return NAME;
    }
    node.names.set(segment, (came ?? 0) + 1);
    if (came === undefined) this.mostRare = Math.max(this.mostRare, ++node.rare);
    else if (came === KEPT - 1) node.rare--;
    return segment;
  }

  private nodeAt(parent: string): Node {
    const known = this.nodes.get(parent);
    const node = known ?? { names: new Map(), rare: 0, folded: false };
    this.nodes.delete(parent);
    this.nodes.set(parent, node);
    // What is forgotten is learnt anew.
    const [oldest] = this.nodes.keys();
    if (this.nodes.size > MAX_NODES && oldest !== undefined) this.nodes.delete(oldest);
    return node;
  }

  /** The node below which most places can be won; false: none. */
  private foldFullest(): boolean {
    if (this.mostRare < MIN_FOLDED) return false;
    let [most, found] = [0, ""];
    for (const [parent, { rare, folded }] of this.nodes)
      if (!folded && rare > most) [most, found] = [rare, parent];
    this.mostRare = most;
    const node = this.nodes.get(found);
    if (node === undefined || most < MIN_FOLDED) return false;
    this.fold(found, node);
    return true;
  }

  /** Rare names below this node become one, and with them all that lies below them. */
  private fold(parent: string, node: Node): void {
    node.folded = true;
    const rare = new Set<string>();
    for (const [name, came] of node.names) if (came < KEPT) rare.add(name);
    for (const name of rare) node.names.delete(name);
    node.rare = 0;
    const from = parent.length + 1;
    const renamed = (key: string): string | undefined => {
      if (!key.startsWith(`${parent}/`)) return undefined;
      const end = segmentEnd(key, from);
      return rare.has(key.slice(from, end)) ? `${parent}/${NAME}${key.slice(end)}` : undefined;
    };
    for (const [key, stratum] of [...this.strata]) {
      const name = renamed(key);
      if (name !== undefined) this.move(key, name, stratum);
    }
    const below = new Set<string>();
    for (const [key, each] of [...this.nodes]) {
      const name = renamed(key);
      if (name === undefined) continue;
      this.nodes.delete(key);
      const into = this.nodes.get(name);
      if (into === undefined) {
        this.nodes.set(name, each);
        continue;
      }
      for (const [segment, came] of each.names)
        into.names.set(segment, (into.names.get(segment) ?? 0) + came);
      into.rare = into.names.values().reduce((sum, came) => sum + Number(came < KEPT), 0);
      this.mostRare = Math.max(this.mostRare, into.rare);
      into.folded ||= each.folded;
      below.add(name);
    }
    for (const name of below) {
      const child = this.nodes.get(name);
      if (child !== undefined && (child.folded || child.names.size > MAX_NAMES)) this.fold(name, child);
    }
  }

  private move(key: string, name: string, stratum: Counting): void {
    this.strata.delete(key);
    const into = this.strata.get(name);
    if (into === undefined) {
      this.strata.set(name, stratum);
      return;
    }
    into.seen = Math.max(into.seen, stratum.seen);
    add(into, stratum);
    this.placed--;
    this.room.left++;
  }

  /** The rarest, of these the one seen least recently, is told apart no more; or what did not come for long. False: all that have a place came often. */
  private giveUpRarest(): boolean {
    const found = this.rarest();
    const stratum = this.strata.get(found);
    if (stratum === undefined) return false;
    this.strata.delete(found);
    this.placed--;
    this.room.left++;
    this.others += seen(stratum);
    add(this.other(found.slice(0, found.indexOf(" "))), stratum);
    return true;
  }

  /** "": none. */
  private rarest(): string {
    let [least, found] = [KEPT, ""];
    let oldest: string | undefined;
    for (const [name, stratum] of this.strata) {
      if (isOfOthers(name)) continue;
      if (oldest === undefined) {
        oldest = name;
        if (this.requests - stratum.seen > KEPT_FOR) return name;
      }
      const count = seen(stratum);
      if (count >= least) continue;
      [least, found] = [count, name];
      if (count <= 1) break;
    }
    return found;
  }

  /** It has a place beside the others. */
  private other(method: string): Counting {
    const name = othersOf(method);
    const known = this.strata.get(name);
    if (known !== undefined) return known;
    const made = nothing(this.requests);
    this.strata.set(name, made);
    return made;
  }
}
