import { type CharClasses, charClasses, has } from "./char-set.ts";
import { PatternProblem, parsePattern } from "./parse.ts";
import { END, type Positions, positionsOf } from "./positions.ts";

/** More states are refused when files load. */
const MAX_STATES = 1000;
const DEAD = 0;

interface Replaced {
  readonly text: string;
  /** How many characters the matches had. */
  readonly taken: number;
}

/**
 * A pattern that is looked for in linear time, whatever it is and whatever the text: no text of an upstream can make it slow.
 * It finds what ECMAScript's own matcher would find.
 */
export interface TextPattern {
  /** Every match replaced. Undefined: the result would be longer than `maxChars`. */
  replaceAll(text: string, by: string, maxChars: number): Replaced | undefined;
}

/** Sets of positions from which a match can be finished, read from a text's end to its beginning. */
interface Backwards {
  /** state × classes + class → the state one unit further to the left. */
  readonly moves: Uint16Array;
  /** state → which positions are in it. */
  readonly alive: readonly Uint8Array[];
  /** Whether a match begins where this state is. */
  readonly begins: readonly boolean[];
}

function backwards({ sets, first, follow }: Positions, classes: CharClasses): Backwards {
  const ofClass = classes.samples.map((sample) => sets.flatMap((set, at) => (has(set, sample) ? at : [])));
  const states = new Map<string, number>();
  const alive: Uint8Array[] = [];
  const begins: boolean[] = [];
  const moves: number[] = [];
  const numbered = (positions: readonly number[]): number => {
    const key = positions.join();
    const known = states.get(key);
    if (known !== undefined) return known;
    if (alive.length >= MAX_STATES) {
      throw new PatternProblem(`it would take more than ${MAX_STATES} states to look for it in linear time`);
    }
    const members = new Uint8Array(sets.length);
    for (const at of positions) members[at] = 1;
    begins.push(first.some((at) => members[at] === 1));
    const number = alive.push(members) - 1;
    states.set(key, number);
    return number;
  };
  numbered([]);
  for (let state = 0; state < alive.length; state++) {
    const members = alive[state] as Uint8Array;
    const finishes = follow.map((list) => list.some((at) => at === END || members[at] === 1));
    for (const inClass of ofClass) moves.push(numbered(inClass.filter((at) => finishes[at])));
  }
  return { moves: Uint16Array.from(moves), alive, begins };
}

/** A text of as many pieces as it has characters would take sixty times its size until someone reads it. */
const PIECES_JOINED = 1024;

/**
 * Two passes, each over every unit once. The first, from the end, notes at each unit from which positions a match can still be
 * finished. The second takes at each step the first way that can be finished, so it never goes back.
 */
class LinearPattern implements TextPattern {
  private readonly positions: Positions;
  private readonly classes: CharClasses;
  private readonly backwards: Backwards;

  constructor(positions: Positions) {
    this.positions = positions;
    this.classes = charClasses(positions.sets);
    this.backwards = backwards(positions, this.classes);
  }

  replaceAll(text: string, by: string, maxChars: number): Replaced | undefined {
    const states = this.statesOf(text);
    const { begins } = this.backwards;
    let result = "";
    let pieces: string[] = [];
    let chars = 0;
    let kept = 0;
    let at = 0;
    let taken = 0;
    while (at < text.length) {
      if (!begins[states[at] as number]) {
        at++;
        continue;
      }
      pieces.push(text.slice(kept, at), by);
      chars += at - kept + by.length;
      if (chars > maxChars) return undefined;
      if (pieces.length >= PIECES_JOINED) {
        result += pieces.join("");
        pieces = [];
      }
      kept = this.endOf(at, states);
      taken += kept - at;
      at = kept;
    }
    if (kept === 0) return { text, taken };
    result += pieces.join("") + text.slice(kept);
    return result.length > maxChars ? undefined : { text: result, taken };
  }

  private statesOf(text: string): Uint16Array {
    const { moves } = this.backwards;
    const { of, count } = this.classes;
    const states = new Uint16Array(text.length + 1);
    let state = DEAD;
    for (let at = text.length - 1; at >= 0; at--) {
      state = moves[state * count + (of[text.charCodeAt(at)] as number)] as number;
      states[at] = state;
    }
    return states;
  }

  /** A match begins at `at`. */
  private endOf(at: number, states: Uint16Array): number {
    const { alive } = this.backwards;
    const { first, follow } = this.positions;
    let ways = first;
    for (let end = at; ; end++) {
      const members = alive[states[end] as number] as Uint8Array;
      const taken = ways.find((each) => each === END || members[each] === 1);
      if (taken === undefined || taken === END) return end;
      ways = follow[taken] as readonly number[];
    }
  }
}

/** Tell the two results apart with `"problem" in result`. */
export function compileTextPattern(
  source: string,
): TextPattern | { readonly problem: string; readonly remedy: string } {
  try {
    const positions = positionsOf(parsePattern(source));
    if (positions.first.includes(END)) throw new PatternProblem("it matches where there is nothing");
    return new LinearPattern(positions);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return {
      problem: `${JSON.stringify(source)} is not a pattern for text: ${error.message}`,
      remedy: 'write one like nonce="[^"]*": characters, classes, groups, | and repeats',
    };
  }
}
