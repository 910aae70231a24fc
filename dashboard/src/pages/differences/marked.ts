export interface Part {
  readonly text: string;
  readonly differs: boolean;
}

const TOKEN = /"(?:[^"\\]|\\.)*"?|[\w.+-]+|\s+|[^\w\s]/g;
const WORD = /[\p{L}\p{N}]+|[^\p{L}\p{N}]/gu;

/** Two texts cut into what they share and what they do not: by JSON tokens, and where each is one string, by its words. */
export function marked(a: string, b: string): readonly [readonly Part[], readonly Part[]] {
  let left = a.match(TOKEN) ?? [];
  let right = b.match(TOKEN) ?? [];
  if (left.length === 1 && right.length === 1) {
    left = a.match(WORD) ?? [];
    right = b.match(WORD) ?? [];
  }
  const common = commonLengths(left, right);
  const partsA: Part[] = [];
  const partsB: Part[] = [];
  let i = 0;
  let j = 0;
  const at = (row: number, column: number) => common[row * (right.length + 1) + column] as number;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      push(partsA, left[i++] as string, false);
      push(partsB, right[j++] as string, false);
    } else if (j >= right.length || (i < left.length && at(i + 1, j) >= at(i, j + 1))) {
      push(partsA, left[i++] as string, true);
    } else {
      push(partsB, right[j++] as string, true);
    }
  }
  return [partsA, partsB];
}

/** Longest common subsequences of all ends. Samples are at most 256 bytes, so the table is small. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] as number) + 1
          : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
    }
  }
  return lengths;
}

function push(parts: Part[], text: string, differs: boolean): void {
  const last = parts.at(-1);
  if (last?.differs === differs) parts[parts.length - 1] = { text: last.text + text, differs };
  else parts.push({ text, differs });
}
