import { mayTellOfNeighbours } from "../domain/credential-neighbours.ts";
import type { PathRules } from "./path-rules.ts";

/** Two bodies leave the way on which they can be read in step. Whoever compares them reads them whole then. */
export class OutOfStep extends Error {}

/** Objects with more members are read whole. */
const MAX_MEMBERS = 64;
/** Shapes that are kept; more are made anew each time. */
const MAX_SHAPES = 4096;
/** Of one shape, so many next names are kept. */
const MAX_NEXT = 16;
/** Longer names are not kept. */
const MAX_NAME_BYTES = 128;

const BACKSLASH = 0x5c;

/**
 * The names with which an object begins, in their order. Objects of a list mostly have the same names: a name is then known by
 * its bytes alone, with the rules below it, and is known not to be there twice.
 */
export interface Shape {
  /** The names before the last; undefined: there is none. */
  readonly before: Shape | undefined;
  readonly name: string;
  /** As it was written, with the closing quote. */
  readonly written: Uint8Array;
  /** Of the object. */
  readonly of: PathRules | undefined;
  /** Of the member. */
  readonly rules: PathRules | undefined;
  readonly members: number;
  /** Whether the member may say which of its neighbours are credentials. */
  readonly tells: boolean;
  readonly next: Shape[];
}

const NO_BYTES = new Uint8Array();

export function sameAt(written: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < written.length; i++) if (bytes[at + i] !== written[i]) return false;
  return true;
}

/** The shape behind the name that begins at `at`, behind its opening quote; undefined: it is not known. */
export function nextShape({ next }: Shape, bytes: Buffer, at: number): Shape | undefined {
  for (let i = 0; i < next.length; i++) {
    const shape = next[i] as Shape;
    if (!sameAt(shape.written, bytes, at)) continue;
    if (i > 0) {
      next[i] = next[i - 1] as Shape;
      next[i - 1] = shape;
    }
    return shape;
  }
  return undefined;
}

function decoded(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString("utf8", start, end);
  return bytes.subarray(start, end).includes(BACKSLASH) ? (JSON.parse(`"${text}"`) as string) : text;
}

/** The shapes that bodies of one route have shown. */
export class Shapes {
  private readonly roots = new Map<PathRules | undefined, Shape>();
  private kept = 0;

  /** Between two bodies. */
  tidy(): void {
    if (this.kept < MAX_SHAPES) return;
    this.roots.clear();
    this.kept = 0;
  }

  /** Of an object without members, at the place that the rules speak of. */
  root(of: PathRules | undefined): Shape {
    let root = this.roots.get(of);
    if (root === undefined) {
      root = {
        before: undefined,
        name: "",
        written: NO_BYTES,
        of,
        rules: undefined,
        members: 0,
        tells: false,
        next: [],
      };
      if (this.kept < MAX_SHAPES) {
        this.kept++;
        this.roots.set(of, root);
      }
    }
    return root;
  }

  /** The shape behind a name that was not known: from `start` up to its closing quote at `end`. */
  grown(shape: Shape, bytes: Buffer, start: number, end: number): Shape {
    if (shape.members >= MAX_MEMBERS) throw new OutOfStep("more members than are read in step");
    const name = decoded(bytes, start, end);
    for (let each = shape; each.before !== undefined; each = each.before)
      if (each.name === name) throw new OutOfStep("a name is repeated");
    const grown: Shape = {
      before: shape,
      name,
      // A copy, or a name would keep its body.
      written: Uint8Array.from(bytes.subarray(start, end + 1)),
      of: shape.of,
      rules: shape.of?.member(name),
      members: shape.members + 1,
      tells: mayTellOfNeighbours(name),
      next: [],
    };
    if (this.kept < MAX_SHAPES && shape.next.length < MAX_NEXT && grown.written.length <= MAX_NAME_BYTES) {
      this.kept++;
      shape.next.push(grown);
    }
    return grown;
  }
}
