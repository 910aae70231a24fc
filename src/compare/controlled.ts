import type { Mismatch } from "../domain/outcomes.ts";
import type { CompareOptions } from "../domain/route.ts";
import { formatsOf } from "../domain/value-format.ts";
import type { ComparisonJob, ControlFinding, SidedAnswer, Verdict } from "./contract.ts";
import { Findings, MAX_MISMATCHES } from "./findings.ts";

/** Compares two answers as if there were no control; `findings` hears what is found. */
type Compare = (job: ComparisonJob, findings?: Findings) => Verdict;

const UNUSABLE: ControlFinding = Object.freeze({
  usable: false,
  own: [],
  modern: [],
  legacy: [],
  arrays: [],
});

/** What answers a client's conditions or range, which neither shadow nor control has. */
const OF_CONDITIONS: ReadonlySet<number> = new Set([206, 304, 412, 416]);

type Differing = ReadonlyMap<string, Mismatch>;

/** By path, the first of each; undefined: the two could not be held against each other. */
function differing({ outcome, mismatches }: Verdict): Differing | undefined {
  if (outcome === "inconclusive") return undefined;
  const byPath = new Map<string, Mismatch>();
  for (const mismatch of mismatches) if (!byPath.has(mismatch.path)) byPath.set(mismatch.path, mismatch);
  return byPath;
}

function isFull(...all: readonly Differing[]): boolean {
  return all.some((differences) => differences.size >= MAX_MISMATCHES / 2);
}

/** Whose value is of another format than the other two: "modern", "legacy" (its second answer), or nobody's alone. */
function oddFormat(first: string, second: string, modern: string): "modern" | "legacy" | undefined {
  if (first === second) return modern === first ? undefined : "modern";
  return first === modern ? "legacy" : undefined;
}

/** Counts each path by who differs from whom: legacy's first answer, its second, and modern's. */
function findingOf(own: Differing, ofFirst: Differing, ofSecond: Differing): Omit<ControlFinding, "arrays"> {
  const modern: string[] = [];
  const legacy: string[] = [];
  // What was cut off in one list and not in another would look like a difference of one side alone.
  const complete = !isFull(own, ofFirst, ofSecond);
  for (const path of complete ? new Set([...ofFirst.keys(), ...own.keys()]) : []) {
    const [a, b, c] = [own.get(path), ofFirst.get(path), ofSecond.get(path)];
    if (c === undefined) continue;
    if (a === undefined) modern.push(path);
    else if (b === undefined) legacy.push(path);
    else {
      const odd = oddFormat(...formatsOf(a), formatsOf(c)[1]);
      if (odd !== undefined) (odd === "modern" ? modern : legacy).push(path);
    }
  }
  const values = [...own].map(([path, { legacy: a, modern: b, forms }]) =>
    forms === undefined ? ([path, a, b] as const) : ([path, a, b, forms] as const),
  );
  return { usable: true, own: values, modern, legacy };
}

function withArrays(options: CompareOptions, arrays: Findings["arrays"]): CompareOptions {
  if (arrays.size === 0) return options;
  return { ...options, arrays: { ...options.arrays, ...Object.fromEntries(arrays) } };
}

/**
 * The verdict on what was served and the shadow, with what the control says about it. First legacy's two answers are held against
 * each other: arrays that legacy itself reorders are then matched by what their elements are. Where the client's conditions were
 * answered, the control stands in for what was served.
 */
export function controlledVerdict(job: ComparisonJob, control: SidedAnswer, compare: Compare): Verdict {
  const { serving, shadow } = job.answers;
  const { answer } = control;
  const pair = (legacy: SidedAnswer["answer"], modern: SidedAnswer["answer"]) => ({
    serving: { side: "legacy" as const, answer: legacy },
    shadow: { side: "modern" as const, answer: modern },
  });
  const conditional =
    job.unconditional === true &&
    serving.answer.kind === "answer" &&
    OF_CONDITIONS.has(serving.answer.status);
  if (conditional) {
    const whole = serving.side === "legacy" && answer.kind === "answer";
    const answers = whole ? pair(answer, shadow.answer) : { serving, shadow };
    const verdict = compare({ ...job, answers, unconditional: whole ? undefined : true });
    return { ...verdict, control: UNUSABLE };
  }
  const [first, modern] = serving.side === "legacy" ? [serving, shadow] : [shadow, serving];
  const found = new Findings({ seeking: true });
  const own = differing(compare({ ...job, answers: pair(first.answer, answer) }, found));
  const options = own === undefined ? job.options : withArrays(job.options, found.arrays);
  const verdict = compare({ ...job, options, answers: { serving, shadow } });
  const ofFirst = differing(verdict);
  // A first answer that failed cannot be held against anything.
  const second = answer.kind === "failure" ? pair(modern.answer, answer) : pair(answer, modern.answer);
  const ofSecond = differing(compare({ ...job, options, answers: second }));
  if (own === undefined || ofFirst === undefined || ofSecond === undefined)
    return { ...verdict, control: UNUSABLE };
  if (own.size + ofFirst.size + ofSecond.size === 0) return verdict;
  return { ...verdict, control: { ...findingOf(own, ofFirst, ofSecond), arrays: [...found.arrays] } };
}
