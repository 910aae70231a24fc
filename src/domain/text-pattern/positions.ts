import type { CharSet } from "./char-set.ts";
import type { Node } from "./parse.ts";

/** Stands in a list of positions for the end of a match. */
export const END = -1;

/**
 * A pattern's characters, and which may come after which (an automaton without empty moves: V. M. Glushkov, 1961). Each list
 * is in the order in which a backtracking matcher would try: what it reaches first, wins.
 */
export interface Positions {
  readonly sets: readonly CharSet[];
  /** Positions, and END where the pattern may be over. */
  readonly first: readonly number[];
  readonly follow: readonly (readonly number[])[];
}

/** Moves that read nothing, the preferred one first (K. Thompson, 1968). */
type State = { readonly position: number } | { readonly ways: State[] };

class Builder {
  readonly sets: CharSet[] = [];
  /** What comes after each position. */
  readonly after: State[] = [];

  build(node: Node, next: State): State {
    switch (node.kind) {
      case "char":
        this.after.push(next);
        return { position: this.sets.push(node.set) - 1 };
      case "sequence":
        return node.parts.reduceRight<State>((after, part) => this.build(part, after), next);
      case "choice":
        return { ways: node.parts.map((part) => this.build(part, next)) };
      case "maybe": {
        const inner = this.build(node.part, next);
        return { ways: node.lazy ? [next, inner] : [inner, next] };
      }
      case "any": {
        const loop: State = { ways: [] };
        const inner = this.build(node.part, loop);
        loop.ways.push(...(node.lazy ? [next, inner] : [inner, next]));
        return loop;
      }
    }
  }
}

/** The positions that a state leads to without reading anything, in order. */
function closure(state: State): readonly number[] {
  const found = new Set<number>();
  const seen = new Set<State>();
  const visit = (each: State) => {
    if ("position" in each) found.add(each.position);
    else if (!seen.has(each)) {
      seen.add(each);
      for (const way of each.ways) visit(way);
    }
  };
  visit(state);
  return [...found];
}

export function positionsOf(node: Node): Positions {
  const builder = new Builder();
  const start = builder.build(node, { position: END });
  return { sets: builder.sets, first: closure(start), follow: builder.after.map(closure) };
}
