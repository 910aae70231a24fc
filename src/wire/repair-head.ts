const LF = 0x0a;
const CR = 0x0d;
const FOLD = /\r?\n[ \t]+/g;
const LINE_END = /\r?\n/g;
const BLANKS_BEFORE_COLON = /^([^\s:]+)[ \t]+:/gm;
const LENGTH_LINE = /^content-length:(.*)$/i;

const STRICT_END = Buffer.from("\r\n\r\n");

/**
 * Just past an empty line of `bytes` between `at` and `end`; -1: none. The first one that ends two lines in CRLF, or where
 * there is none the first: looking for both would cost every answer, and the parser knows a head that goes too far.
 */
export function endOfHead(bytes: Buffer, at: number, end: number): number {
  const strict = bytes.indexOf(STRICT_END, at);
  if (strict >= 0 && strict + 4 <= end) return strict + 4;
  const head = bytes.subarray(at, end);
  for (let i = head.indexOf(LF); i >= 0; i = head.indexOf(LF, i + 1)) {
    if (head[i + 1] === LF) return at + i + 2;
    if (head[i + 1] === CR && head[i + 2] === LF) return at + i + 3;
  }
  return -1;
}

/** What of a head and what follows it is the head: its first empty line may end in LF. */
export function headOf(text: string): string {
  const end = /\n\r?\n/.exec(text);
  return end === null ? text : text.slice(0, end.index + end[0].length);
}

/**
 * An answer's head with what RFC 9112 lets a proxy repair put right: lines that end in LF (§2.2), blanks before a colon
 * (§5.1), folded lines (§5.2), one Content-Length said several times (§6.3). Whatever else is wrong stays, for the strict
 * parser to find. `text` is everything up to and with the empty line. Undefined: there was nothing to repair.
 */
export function repairHead(text: string): string | undefined {
  const lf = text.indexOf("\n");
  // The first field continues nothing: only a smuggler folds the status line. Nor does a name end in a fold.
  const fields = text.slice(lf).replace(BLANKS_BEFORE_COLON, "$1:");
  const unfolded = text.slice(0, lf) + fields.slice(0, 2) + fields.slice(2).replace(FOLD, " ");
  const lines = unfolded.replace(LINE_END, "\r\n").split("\r\n");
  const repaired = oneLength(lines).join("\r\n");
  return repaired === text ? undefined : repaired;
}

/** Identical lengths become one; differing ones stay, and are refused. */
function oneLength(lines: readonly string[]): readonly string[] {
  const values = new Set<string>();
  for (const line of lines) {
    const list = LENGTH_LINE.exec(line)?.[1];
    for (const value of list?.split(",") ?? []) values.add(value.trim());
  }
  const [length] = values;
  if (values.size !== 1 || length === undefined) return lines;
  let said = false;
  return lines.flatMap((line) => {
    if (!LENGTH_LINE.test(line)) return [line];
    if (said) return [];
    said = true;
    return line.includes(",") ? [`Content-Length: ${length}`] : [line];
  });
}
