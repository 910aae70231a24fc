/** A command of a page, and the lines of output that the page shows for it. */
export interface Command {
  readonly kind: "command";
  readonly line: number;
  readonly text: string;
  readonly shown: readonly string[];
}

/** A file that the page has the reader write: a fenced block with a path after its language. */
export interface PageFile {
  readonly kind: "file";
  readonly line: number;
  readonly path: string;
  readonly text: string;
}

export type Step = Command | PageFile;

function commandsOf(lines: readonly string[], firstLine: number): Command[] {
  const commands: { kind: "command"; line: number; text: string; shown: string[] }[] = [];
  let continues = false;
  for (const [index, line] of lines.entries()) {
    const last = commands.at(-1);
    if (line.startsWith("$ ")) {
      commands.push({ kind: "command", line: firstLine + index, text: line.slice(2), shown: [] });
      continues = line.endsWith("\\");
    } else if (last === undefined) {
      throw new Error(`line ${firstLine + index}: a console block begins with a command`);
    } else if (continues) {
      last.text = `${last.text}\n${line}`;
      continues = line.endsWith("\\");
    } else last.shown.push(line);
  }
  return commands;
}

/** The steps of a Markdown page, in order: its ```console blocks, and fenced blocks that name a file. */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\S+)(?: +(\S+))?\s*$/.exec(lines[at] as string);
    if (fence === null) continue;
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: a block without an end`);
    const block = lines.slice(at + 1, end);
    const [, language, path] = fence;
    if (language === "console") steps.push(...commandsOf(block, at + 2));
    else if (path !== undefined)
      steps.push({ kind: "file", line: at + 1, path, text: `${block.join("\n")}\n` });
    at = end;
  }
  return steps;
}

/** What may vary is made equal: numbers, ids and the space around them. */
function plain(line: string): string {
  return line
    .replace(/\b[0-9a-f]{16,}\b/g, "#")
    .replace(/\d+(?:[.,]\d+)*/g, "0")
    .replace(/\b(?:just now|0 (?:s|min|h) ago)\b/g, "now")
    .replace(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), 0 \w{3} 0/g, "0")
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * The first shown line that the output lacks; the others must come in the order shown. A line `...` stands for
 * any lines, and at a line's end for the rest of it.
 */
export function missingLine(shown: readonly string[], output: string): string | undefined {
  const lines = output.split("\n").map(plain);
  let at = 0;
  for (const line of shown) {
    const wanted = plain(line);
    if (wanted === "" || wanted === "...") continue;
    const found = wanted.endsWith("...")
      ? lines.findIndex((each, index) => index >= at && each.startsWith(wanted.slice(0, -3)))
      : lines.indexOf(wanted, at);
    if (found < 0) return line;
    at = found + 1;
  }
  return undefined;
}
