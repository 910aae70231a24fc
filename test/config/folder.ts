import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { onTestFinished } from "vitest";
import { formatProblems, loadConfig } from "../../src/config/index.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";

/** Paths within a folder and their text. */
export type Files = Readonly<Record<string, string>>;

/** A folder with these files, gone when the test ends. */
export function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeInto(folder, files);
  return folder;
}

export function writeInto(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A text with the paths in it as within the folder, however they are written (relative to here, where that is shorter). */
export function within(folder: string, text: string): string {
  return text.replaceAll(`${folder}/`, "").replaceAll(`${relative("", folder)}/`, "");
}

/** What a user reads about these files, paths as within their folder; "" when nothing is wrong. */
export async function complaints(files: Files, environment: Record<string, string> = {}): Promise<string> {
  const folder = folderOf(files);
  const result = await loadConfig(join(folder, "fig.yaml"), environment);
  return result.ok ? "" : within(folder, formatProblems(result.problems));
}

/** The config of files that are right. */
export async function configOf(
  files: Files,
  environment: Record<string, string> = {},
): Promise<FrontDoorConfig> {
  const folder = folderOf(files);
  const result = await loadConfig(join(folder, "fig.yaml"), environment);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config;
}

export const UPSTREAMS = "upstreams:\n  a: http://127.0.0.1:1\n  b: http://127.0.0.1:2\n";

/** A fig.yaml with two upstreams, and one route with these lines. */
export function oneRoute(lines: string, fig = `${UPSTREAMS}default: a\n`): Files {
  return {
    "fig.yaml": fig,
    "routes/r.yaml": `routes:\n  - id: one\n    match: { path: "/one/{id}" }\n    modern: b\n${lines}`,
  };
}
