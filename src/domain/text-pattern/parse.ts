import { type CharSet, complement, DIGIT, NOT_NEWLINE, SPACE, single, union, WORD } from "./char-set.ts";

/** A pattern as a tree. Bounded repeats are written out. `lazy`: the fewest come first. */
export type Node =
  | { readonly kind: "char"; readonly set: CharSet }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Node[] }
  | { readonly kind: "maybe" | "any"; readonly part: Node; readonly lazy: boolean };

/** Why a pattern cannot be used. */
export class PatternProblem extends Error {}

const MAX_REPEAT = 1000;
const MAX_DEPTH = 50;
/** Characters and classes of a pattern, repeats written out. */
const MAX_POSITIONS = 256;
const TOO_LARGE = `it stands for more than ${MAX_POSITIONS} characters, its repeats written out`;

const CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ["d", DIGIT],
  ["D", complement(DIGIT)],
  ["w", WORD],
  ["W", complement(WORD)],
  ["s", SPACE],
  ["S", complement(SPACE)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
  ["f", 12],
  ["0", 0],
]);
const REPEAT = /\{(\d+)(?:(,)(\d*))?\}/y;
const HEX = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})/y;

/** How many characters a tree has. A repeat is only written out once this is known to be little enough. */
function sizeOf(node: Node): number {
  if (node.kind === "char") return 1;
  return "part" in node ? sizeOf(node.part) : node.parts.reduce((sum, part) => sum + sizeOf(part), 0);
}

function repeated(part: Node, least: number, most: number | undefined, lazy: boolean): Node {
  if (sizeOf(part) * Math.max(least, most ?? least + 1) > MAX_POSITIONS) throw new PatternProblem(TOO_LARGE);
  const parts: Node[] = Array.from({ length: least }, () => part);
  if (most === undefined) return { kind: "sequence", parts: [...parts, { kind: "any", part, lazy }] };
  let rest: Node | undefined;
  // x{0,2} is (x(x)?)?, so that one way leads to each number.
  for (let i = least; i < most; i++) {
    const inner: Node = rest === undefined ? part : { kind: "sequence", parts: [part, rest] };
    rest = { kind: "maybe", part: inner, lazy };
  }
  return { kind: "sequence", parts: rest === undefined ? parts : [...parts, rest] };
}

/** Reads the part of ECMAScript's patterns that takes linear time, over UTF-16 units. */
class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  pattern(): Node {
    const node = this.choice();
    if (this.at < this.text.length) throw new PatternProblem(`a ) at position ${this.at + 1} closes nothing`);
    if (sizeOf(node) > MAX_POSITIONS) throw new PatternProblem(TOO_LARGE);
    return node;
  }

  private take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  private choice(): Node {
    const parts = [this.sequence()];
    while (this.take("|")) parts.push(this.sequence());
    return parts.length === 1 ? (parts[0] as Node) : { kind: "choice", parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.text.length && !"|)".includes(this.text[this.at] as string))
      parts.push(this.repeat());
    return parts.length === 1 ? (parts[0] as Node) : { kind: "sequence", parts };
  }

  private repeat(): Node {
    const part = this.atom();
    const node = this.quantified(part);
    if (node !== part && /[*+?{]/.test(this.text[this.at] ?? "")) {
      throw new PatternProblem(`a repeat at position ${this.at + 1} has nothing to repeat`);
    }
    return node;
  }

  private quantified(part: Node): Node {
    if (this.take("*")) return { kind: "any", part, lazy: this.take("?") };
    if (this.take("?")) return { kind: "maybe", part, lazy: this.take("?") };
    if (this.take("+")) return repeated(part, 1, undefined, this.take("?"));
    const counted = this.match(REPEAT);
    if (counted === undefined) return part;
    const [, low, comma, high] = counted;
    const least = Number(low);
    const most = comma === undefined ? least : high === "" ? undefined : Number(high);
    if (Math.max(least, most ?? 0) > MAX_REPEAT) throw new PatternProblem(TOO_LARGE);
    if (most !== undefined && most < least)
      throw new PatternProblem(`${counted[0]} has its numbers in the wrong order`);
    return repeated(part, least, most, this.take("?"));
  }

  private atom(): Node {
    const position = this.at + 1;
    if (this.take("(")) return this.group(position);
    if (this.take("[")) return { kind: "char", set: this.charClass(position) };
    if (this.take(".")) return { kind: "char", set: NOT_NEWLINE };
    if (this.take("\\")) return { kind: "char", set: this.escape(false) };
    const char = this.text[this.at] as string;
    if (char === "^" || char === "$") throw new PatternProblem(`anchors (${char}) are not supported`);
    if ("*+?{".includes(char))
      throw new PatternProblem(`a repeat at position ${position} has nothing to repeat`);
    this.at++;
    return { kind: "char", set: single(char.charCodeAt(0)) };
  }

  private group(position: number): Node {
    if (this.take("?")) {
      if (!this.take(":")) {
        throw new PatternProblem("lookaround, named groups and flags are not supported");
      }
    }
    if (++this.depth > MAX_DEPTH) throw new PatternProblem(`its groups are more than ${MAX_DEPTH} deep`);
    const node = this.choice();
    this.depth--;
    if (!this.take(")")) throw new PatternProblem(`the ( at position ${position} is not closed`);
    return node;
  }

  private escape(inClass: boolean): CharSet {
    const hex = this.match(HEX);
    if (hex !== undefined) return single(Number.parseInt((hex[1] ?? hex[2]) as string, 16));
    const char = this.text[this.at];
    if (char === undefined) throw new PatternProblem("it ends with a \\");
    this.at++;
    const set = CLASSES.get(char);
    if (set !== undefined) return set;
    const control = inClass && char === "b" ? 8 : CONTROLS.get(char);
    if (control !== undefined) return single(control);
    if (/[1-9k]/.test(char)) throw new PatternProblem("back references are not supported");
    if (/[a-z]/i.test(char)) throw new PatternProblem(`\\${char} is not supported`);
    return single(char.charCodeAt(0));
  }

  private charClass(position: number): CharSet {
    const negated = this.take("^");
    let set: CharSet = [];
    while (!this.take("]")) {
      if (this.at >= this.text.length)
        throw new PatternProblem(`the [ at position ${position} is not closed`);
      const low = this.classMember();
      const isRange =
        this.text[this.at] === "-" && this.text[this.at + 1] !== "]" && this.at + 1 < this.text.length;
      if (!isRange) {
        set = union(set, low);
        continue;
      }
      this.at++;
      set = union(set, rangeOf(low, this.classMember()));
    }
    return negated ? complement(set) : set;
  }

  private classMember(): CharSet {
    if (this.take("\\")) return this.escape(true);
    return single(this.text.charCodeAt(this.at++));
  }
}

function rangeOf(low: CharSet, high: CharSet): CharSet {
  const [from, to] = [low[0], high[0]];
  const isChar = (set: CharSet) => set.length === 1 && set[0]?.[0] === set[0]?.[1];
  if (from === undefined || to === undefined || !isChar(low) || !isChar(high) || to[0] < from[0]) {
    throw new PatternProblem("a range in [ ] must go from a character to a later one");
  }
  return [[from[0], to[0]]];
}

/** Throws PatternProblem. */
export function parsePattern(text: string): Node {
  return new Reader(text).pattern();
}
