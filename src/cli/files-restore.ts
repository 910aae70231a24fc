import { dirname, join, resolve } from "node:path";
import { filledFrom, loadTexts, unpackFiles } from "../config/index.ts";
import type { Control, FilesAt } from "../control/contract.ts";
import { FigError, figErrorOf } from "../domain/errors.ts";
import type { FilesContent } from "../domain/kept-files.ts";
import { printable } from "../domain/printable.ts";
import { countOf } from "../domain/wording.ts";
import type { CliContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { requireFile } from "./files.ts";
import { applyChanges, checkWritable, type FileChanges } from "./files-write.ts";
import { byOf, reasonOf, type TargetOptions } from "./options.ts";
import { onTarget } from "./target.ts";

interface RestoreOptions extends TargetOptions {
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
}

/** The set before the newest, unless a revision was named. */
async function wanted(control: Control, revision: number | undefined): Promise<FilesAt> {
  if (revision !== undefined) return control.filesAt(revision);
  const before = (await control.files())[1];
  if (before === undefined)
    throw new FigError("nothing_to_undo", "no files were in force before those that are", {
      remedy: "`fig files` lists the sets that are known",
    });
  return control.filesAt(before.revision);
}

/** What turns the files that are here into those of a set. Throws `files_redacted`. */
function changesFor(set: FilesContent, present: ReadonlyMap<string, string>, root: string): FileChanges {
  const write = new Map<string, string>();
  const lost: string[] = [];
  for (const { path, text } of set.files) {
    const now = present.get(path);
    const filled = filledFrom(path, text, now);
    if (filled.left > 0) lost.push(path);
    if (filled.text !== now) write.set(path, filled.text);
  }
  if (lost.length > 0)
    throw new FigError(
      "files_redacted",
      `a credential stood in ${lost.join(", ")}, which is never kept, and the file here has none in its place: nothing was changed`,
      {
        remedy:
          "write the files elsewhere with `fig files --at N --to FOLDER`, put the credential back, best into the environment, and copy them here",
      },
    );
  const kept = new Set(set.files.map(({ path }) => path));
  return { root, write, remove: [...present.keys()].filter((path) => !kept.has(path)) };
}

/** The folder that paths of a set are relative to, here. */
function rootOf(file: string, main: string): string {
  return main.split("/").reduce((folder) => dirname(folder), file);
}

/** Writes the files of a revision in the place of those that are here, and has the front door read them. */
export async function restoreFiles(
  context: CliContext,
  revision: number | undefined,
  options: RestoreOptions,
): Promise<number> {
  const { deps, terminal } = context;
  const reason = reasonOf(options);
  const file = requireFile(deps, options.config);
  return onTarget(context, options, "back", async ({ control, where }) => {
    const set = await wanted(control, revision);
    const content = await unpackFiles(set.packed);
    const root = rootOf(file, content.main);
    if (resolve(root, content.main) !== file)
      throw new FigError(
        "usage",
        `the files of revision ${set.revision} begin with ${content.main}, not with ${file}`,
        {
          remedy: "name that file with -c",
        },
      );
    const present = await loadTexts(file, deps.env, root);
    const changes = changesFor(content, present, root);
    const wantedCopy = join(dirname(file), ".fig", `files-${stampOf(deps.clock.now())}`);
    const said = { revision: set.revision, written: [...changes.write.keys()], removed: changes.remove };
    await checkWritable(changes, new Set(present.keys()));
    if (options.dryRun === true || said.written.length + said.removed.length === 0) {
      report(context, options, { ...said, copy: null, front: null });
      return EXIT.done;
    }
    const copy = await applyChanges(changes, wantedCopy);
    const front = await reloaded(control, byOf(options.by, deps), reason).catch((error: unknown) => {
      // They are in force once the front door sees them by itself.
      terminal.errorLine(
        `the files of revision ${set.revision} are here; what was there is in ${printable(copy)}`,
      );
      throw error;
    });
    report(context, options, { ...said, copy, front });
    if (front !== null && front.problems.length > 0) {
      for (const problem of front.problems) terminal.errorLine(printable(problem));
      terminal.errorLine(`fig: invalid_files: the files are written, but not in force (${where})`);
      return EXIT.usage;
    }
    return EXIT.done;
  });
}

/** Null: no front door answers; the files are read when one starts. */
async function reloaded(control: Control, by: string, reason: string) {
  try {
    return await control.reloadFiles({ by, reason });
  } catch (error) {
    if (figErrorOf(error, "no_front_door") !== undefined) return null;
    throw error;
  }
}

function stampOf(now: number): string {
  return new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "");
}

interface Restored {
  readonly revision: number;
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly copy: string | null;
  readonly front: { readonly revision: number; readonly problems: readonly string[] } | null;
}

function report({ terminal }: CliContext, options: RestoreOptions, restored: Restored): void {
  const { revision, written, removed, copy, front } = restored;
  if (options.json === true) {
    terminal.json(restored);
    return;
  }
  const { line, paint } = terminal;
  if (written.length + removed.length === 0) {
    line(`the files here are those of revision ${revision} already`);
    return;
  }
  for (const path of written) line(`${paint.green("write")}   ${printable(path)}`);
  for (const path of removed) line(`${paint.red("remove")}  ${printable(path)}`);
  if (copy === null) {
    line("dry run: nothing was written");
    return;
  }
  line(`the files of revision ${revision} are here; what was there is in ${printable(copy)}`);
  if (front === null) line("no front door answers: they are in force when one starts");
  else if (front.problems.length === 0)
    line(
      `in force with revision ${front.revision}: ${countOf(written.length + removed.length, "file")} changed`,
    );
}
