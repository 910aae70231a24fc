import { relative } from "node:path";
import type { ConfigProblem } from "../domain/config.ts";
import type { SourcePlace } from "../domain/route.ts";

/** A path as a user would type it: relative to the working directory where that is shorter. */
function shortFile(file: string): string {
  const fromHere = relative("", file);
  return fromHere !== "" && fromHere.length < file.length ? fromHere : file;
}

/** `fig.yaml:3:5`; only the file where a line says nothing. */
export function formatPlace({ file, line, column }: SourcePlace): string {
  return line === 0 ? shortFile(file) : `${shortFile(file)}:${line}:${column}`;
}

/** One line a problem: `file:line:column: what is wrong — what would be right`. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems
    .map(
      (problem) =>
        `${formatPlace(problem)}: ${problem.message}${problem.remedy === "" ? "" : ` — ${problem.remedy}`}`,
    )
    .join("\n");
}
