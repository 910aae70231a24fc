/** Which test a row means, in a file and in what vitest reports. */
import type { Outcome, Proof } from "./feature.ts";

/** A file of a report. */
export interface ReportedFile {
  readonly file: string;
  readonly tests: readonly {
    readonly title: string;
    readonly ancestors: readonly string[];
    readonly status: string;
  }[];
}

/** A part of a name that `test.each` or a template fills in. */
const FILLED = /\$\{[^}]*\}|\$\w+|%(?:\.\d+)?[a-zA-Z#]/;

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A name as it stands in a file, as a pattern of what is reported. */
export function patternOf(name: string): string {
  return name.split(FILLED).map(escaped).join(".*");
}

/** Whether this source has a test or a `describe` of that name, as a literal. */
export function isIn(source: string, name: string): boolean {
  const written = [name, name.replaceAll('"', '\\"'), name.replaceAll("`", "\\`")];
  return written.some((text) => ['"', "`", "'"].some((quote) => source.includes(`${quote}${text}${quote}`)));
}

/** One of `passed`, `failed`, `skipped`, `missing`: of all reported tests of the file that the name means. */
export function outcomeOf(proof: Proof, report: readonly ReportedFile[]): Outcome {
  const whole = new RegExp(`^${patternOf(proof.name)}$`);
  const tests = report
    .filter(({ file }) => file === proof.file)
    .flatMap(({ tests }) => tests)
    .filter(({ title, ancestors }) => [title, ...ancestors].some((each) => whole.test(each)));
  const ran = tests.filter(({ status }) => status === "passed" || status === "failed");
  if (tests.length === 0) return "missing";
  if (ran.length === 0) return "skipped";
  return ran.every(({ status }) => status === "passed") ? "passed" : "failed";
}

export const keyOf = ({ file, name }: Proof) => `${file} › ${name}`;
