import { resolve } from "node:path";
import { unpackFiles } from "../config/index.ts";
import type { FilesAt, FilesRow } from "../control/contract.ts";
import { FigError } from "../domain/errors.ts";
import { changeText, type FilesContent } from "../domain/kept-files.ts";
import { printable } from "../domain/printable.ts";
import { diffLines } from "../domain/text-diff.ts";
import { countOf } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { restoreFiles } from "./files-restore.ts";
import { writeFolder } from "./files-write.ts";
import { instant } from "./format.ts";
import { nonEmpty, revisionOption, type TargetOptions, withBy, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";
import { cut, wrap } from "./width.ts";

interface FilesOptions extends TargetOptions {
  readonly at?: number;
  readonly to?: string;
}

export const filesCommand: CliCommand = {
  name: "files",
  register(program, context) {
    const command = program
      .command("files")
      .description("the files that were in force: what changed with which revision, and the files themselves")
      .option("--at <revision>", "those in force after this revision", revisionOption)
      .option("--to <folder>", "write them into this folder, byte for byte; it has to be empty", nonEmpty);
    withTarget(command).action((options: FilesOptions) => context.run(() => files(context, options)));
    withExamples(
      command,
      "fig files",
      "fig files --at 12",
      "fig files --at 12 --to before",
      "fig files diff 11 12",
      'fig files restore 11 --reason "the new route takes too much"',
    );
    const diff = command
      .command("diff")
      .description("how the files differ that were in force after two revisions")
      .argument("<revision>", "the earlier one", revisionOption)
      .argument("[revision]", "the later one; left out: the newest", revisionOption);
    withTarget(diff).action((from: number, to: number | undefined, options: TargetOptions, own) =>
      context.run(() => diffSets(context, from, to, { ...options, ...own.optsWithGlobals() })),
    );
    withExamples(diff, "fig files diff 11 12", "fig files diff 11");
    const restore = command
      .command("restore")
      .description(
        "put the files of a revision in the place of those here, with a copy of what was there, and have the front door read them",
      )
      .argument("[revision]", "left out: the set before the newest", revisionOption)
      .option("--reason <text>", "why; kept in the ledger", nonEmpty)
      .option("--dry-run", "say what it would write and remove; write nothing");
    withTarget(withBy(restore)).action((revision: number | undefined, options, own) =>
      context.run(() => restoreFiles(context, revision, { ...options, ...own.optsWithGlobals() })),
    );
    restore.addHelpText(
      "after",
      "\nWhat was there is copied to .fig/files-TIME beside fig.yaml first. Where the files\ncannot be written (a ConfigMap), nothing is: write them elsewhere with --at and --to.",
    );
    withExamples(restore, 'fig files restore --reason "errors since"', "fig files restore 11 --dry-run");
  },
};

async function files(context: CliContext, options: FilesOptions): Promise<number> {
  if (options.at === undefined && options.to !== undefined)
    throw usage("--to was given without --at", "name the revision: --at 12");
  return onTarget(context, options, "read", async ({ control }) => {
    const { terminal, deps } = context;
    if (options.at === undefined) {
      const rows = await control.files();
      if (options.json === true) terminal.json(rows);
      else printRows(context, rows);
      return EXIT.done;
    }
    const set = await control.filesAt(options.at);
    const content = await unpackFiles(set.packed);
    if (options.to !== undefined) {
      const folder = resolve(deps.cwd, options.to);
      await writeFolder(folder, content);
      if (options.json === true) terminal.json({ revision: set.revision, folder, ...listed(content) });
      else
        terminal.line(
          `${terminal.paint.green("wrote")} ${countOf(content.files.length, "file")} of revision ${set.revision} to ${printable(folder)}`,
        );
      warnRedacted(context, set);
      return EXIT.done;
    }
    const { packed: _packed, ...row } = set;
    if (options.json === true) terminal.json({ ...row, main: content.main, contents: content.files });
    else {
      printRows(context, [row]);
      for (const { path, text } of content.files)
        terminal.line(`    ${printable(path)}  ${countOf(Buffer.byteLength(text), "byte")}`);
    }
    return EXIT.done;
  });
}

function listed({ main, files: all }: FilesContent) {
  return { main, files: all.map(({ path }) => path) };
}

function warnRedacted({ terminal }: CliContext, { redacted }: FilesAt | FilesRow): void {
  if (redacted.length > 0)
    terminal.errorLine(
      `${terminal.paintError.yellow("warning:")} a credential stood at ${redacted.map(printable).join(", ")}, and is not kept: put it into the environment`,
    );
}

function printRows({ terminal }: CliContext, rows: readonly FilesRow[]): void {
  const { line, paint } = terminal;
  if (rows.length === 0) line("no files are known yet: a front door writes them when it starts");
  for (const row of rows) {
    const marks = [row.inForce ? "in force" : "", row.kept ? "" : "not kept"].filter((mark) => mark !== "");
    const said = marks.length === 0 ? "" : `  ${paint.dim(marks.join(", "))}`;
    line(`${paint.bold(`r${row.revision}`)}  ${instant(row.at)}  by ${cut(printable(row.by), 32)}${said}`);
    const changes = [row.added, row.removed, row.changed].every(({ length }) => length === 0)
      ? `the first: ${countOf(row.files, "file")}`
      : changeText(row);
    for (const text of wrap(printable(changes), 74)) line(`    ${text}`);
    if (row.again !== null) line(`    the same files as in revision ${row.again}`);
  }
}

async function diffSets(
  context: CliContext,
  from: number,
  to: number | undefined,
  options: TargetOptions,
): Promise<number> {
  return onTarget(context, options, "read", async ({ control }) => {
    const { terminal } = context;
    const newest = (await control.files())[0]?.revision;
    if (newest === undefined) throw new FigError("unknown_revision", "no files are known yet");
    const [before, after] = await Promise.all([control.filesAt(from), control.filesAt(to ?? newest)]);
    const [was, is] = await Promise.all([unpackFiles(before.packed), unpackFiles(after.packed)]);
    const texts = (content: FilesContent) => new Map(content.files.map(({ path, text }) => [path, text]));
    const [old, fresh] = [texts(was), texts(is)];
    const differing = [...new Set([...old.keys(), ...fresh.keys()])]
      .sort()
      .map((path) => ({ path, lines: diffLines(old.get(path) ?? "", fresh.get(path) ?? "") }))
      .filter(({ path, lines }) => lines.length > 0 || old.has(path) !== fresh.has(path));
    if (options.json === true) {
      terminal.json({ from: before.revision, to: after.revision, files: differing });
      return EXIT.done;
    }
    if (differing.length === 0) terminal.line("the files are the same");
    for (const { path, lines } of differing) {
      const name = printable(path);
      terminal.line(terminal.paint.bold(`--- ${old.has(path) ? `r${before.revision}/${name}` : "none"}`));
      terminal.line(terminal.paint.bold(`+++ ${fresh.has(path) ? `r${after.revision}/${name}` : "none"}`));
      for (const text of lines) {
        const paint = text.startsWith("-")
          ? terminal.paint.red
          : text.startsWith("+")
            ? terminal.paint.green
            : String;
        terminal.line(paint(printable(text)));
      }
    }
    return EXIT.done;
  });
}
