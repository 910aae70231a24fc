/** Lines that differ, as `diff -u` shows them: those that went with `-`, those that came with `+`, and some around them. */
const AROUND = 3;
/** Beyond it, two texts are shown one after the other: to find what they share takes time and memory by the product of their lines. */
const MAX_CELLS = 4_000_000;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** The longest common subsequence, by dynamic programming over what is left between equal beginnings and ends. */
function between(a: readonly string[], b: readonly string[]): readonly Line[] {
  const gone = (lines: readonly string[]) => lines.map((text): Line => ({ sign: "-", text }));
  const come = (lines: readonly string[]) => lines.map((text): Line => ({ sign: "+", text }));
  if (a.length * b.length > MAX_CELLS || a.length === 0 || b.length === 0) return [...gone(a), ...come(b)];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i] as string });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push({ sign: "-", text: a[i++] as string });
    else lines.push({ sign: "+", text: b[j++] as string });
  }
  return lines;
}

function compared(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const same = (lines: readonly string[]) => lines.map((text): Line => ({ sign: " ", text }));
  return [
    ...same(before.slice(0, start)),
    ...between(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

/** Empty: the texts are equal. */
export function diffLines(before: string, after: string): readonly string[] {
  if (before === after) return [];
  const split = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  const lines = compared(split(before), split(after));
  const shown = lines.map((_, i) =>
    lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(({ sign }) => sign !== " "),
  );
  const result: string[] = [];
  let [old, fresh] = [1, 1];
  for (const [i, { sign, text }] of lines.entries()) {
    if (shown[i] === true) {
      if (shown[i - 1] !== true) result.push(`@@ -${old} +${fresh} @@`);
      result.push(`${sign}${text}`);
    }
    if (sign !== "+") old++;
    if (sign !== "-") fresh++;
  }
  return result.length > 0 ? result : ["the last line ends differently"];
}
