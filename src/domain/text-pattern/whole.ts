import { charClasses, has } from "./char-set.ts";
import { PatternProblem, parsePattern } from "./parse.ts";
import { END, positionsOf } from "./positions.ts";

/** More states are refused when files load. */
const MAX_STATES = 1000;
const START = 0;

/** Whether a text, from its first to its last character, is one of those that a pattern stands for: in linear time. */
interface WholePattern {
  standsFor(text: string): boolean;
}

/** What users of other products write around a pattern that stands for the whole: `^` and `$` say nothing more here. */
function bare(source: string): string {
  const from = source.startsWith("^") ? 1 : 0;
  const anchored = source.endsWith("$") && /(?:^|[^\\])(?:\\\\)*\$$/.test(source.slice(-64));
  return source.slice(from, anchored ? -1 : undefined);
}

/** Every set of positions that reading a text can lead to, numbered (subset construction). */
function compile(source: string): WholePattern {
  const { sets, first, follow } = positionsOf(parsePattern(source));
  const classes = charClasses(sets);
  const ofClass = classes.samples.map((sample) => sets.map((set) => has(set, sample)));
  const nexts: (readonly number[])[] = [];
  const numbers = new Map<string, number>();
  const numbered = (after: readonly number[]): number => {
    const next = [...new Set(after)].sort((a, b) => a - b);
    const key = next.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (nexts.length >= MAX_STATES)
      throw new PatternProblem(`it would take more than ${MAX_STATES} states to look for it in linear time`);
    numbers.set(key, nexts.length);
    return nexts.push(next) - 1;
  };
  numbered(first);
  const moves: number[] = [];
  for (let state = 0; state < nexts.length; state++) {
    const next = nexts[state] as readonly number[];
    for (const members of ofClass)
      moves.push(
        numbered(next.flatMap((at) => (at !== END && members[at] === true ? (follow[at] as number[]) : []))),
      );
  }
  const ends = nexts.map((next) => next.includes(END));
  return {
    standsFor(text) {
      let state = START;
      for (let at = 0; at < text.length; at++)
        state = moves[state * classes.count + (classes.of[text.charCodeAt(at)] as number)] as number;
      return ends[state] as boolean;
    },
  };
}

/** Tell the two results apart with `"problem" in result`. */
export function compileWholePattern(
  source: string,
): WholePattern | { readonly problem: string; readonly remedy: string } {
  try {
    return compile(bare(source));
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return {
      problem: `${JSON.stringify(source)} is not a pattern for text: ${error.message}`,
      remedy: "write one like Bearer [-\\w.~+/]+=*: characters, classes, groups, | and repeats",
    };
  }
}
