import { resolve } from "node:path";
import { filledIn } from "../config/index.ts";
import { FigError } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import { shownState, stateUrlProblem, withFiles } from "../domain/state-url.ts";
import { countOf, countText } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { readFiles } from "./files.ts";
import { withConfig } from "./options.ts";
import { usage } from "./usage.ts";

export const stateCommand: CliCommand = {
  name: "state",
  register(program, context) {
    const group = program.command("state").description("back the state up, or copy it to another store");
    const example = `fig state copy sqlite:.fig/state.db 'redis://:\${REDIS_PASSWORD}@redis:6379/0'`;
    withExamples(group, "fig state backup fig-backup.db", example);
    const backup = group
      .command("backup")
      .description("write one moment of a SQLite state to a new file, while front doors go on using it")
      .argument("<file>", "where to; it must not be there yet");
    withConfig(backup)
      .option("--json", "print JSON")
      .action((file: string, options: BackupOptions) =>
        context.run(() => backupState(context, file, options)),
      );
    backup.addHelpText(
      "after",
      "\nThe file (mode 0600) is synced and read back before it counts. To restore it, stop the\nfront doors, put it in the state's place without the old -wal and -shm, and start them.",
    );
    withExamples(
      backup,
      "fig state backup fig-backup.db",
      "fig state backup -c /etc/fig/fig.yaml /backup/fig.db",
    );
    const copy = group
      .command("copy")
      .description("copy a whole state into an empty store: ledger, definitions, evidence, rollups, API keys")
      .argument("<from>", "a state URL as in fig.yaml; stop its front doors first")
      .argument("<to>", "the state URL of an empty store")
      .option("--json", "print JSON")
      .action((from: string, to: string, options: { readonly json?: boolean }) =>
        context.run(() => copyState(context, from, to, options.json === true)),
      );
    copy.addHelpText(
      "after",
      `\n\${NAME} in a URL comes from the environment. Use single quotes, so that nobody who\nlists processes sees a password. The copy is read back before it counts.`,
    );
    withExamples(copy, example, "fig state copy redis://redis:6379/0 sqlite:backup.db --json");
  },
};

interface BackupOptions {
  readonly config?: string;
  readonly json?: boolean;
}

async function backupState(context: CliContext, to: string, options: BackupOptions): Promise<number> {
  const { deps, terminal } = context;
  const { state } = await readFiles(deps, options.config);
  const file = resolve(deps.cwd, to);
  const writing = deps.backupState(state, file);
  if (writing === undefined)
    throw usage(
      `${shownState(state)} is no file: there is nothing here to back up`,
      "back a Redis up with its own tools (BGSAVE), or stop its front doors and use `fig state copy`",
    );
  const { stateId, revision } = await writing;
  if (options.json === true) terminal.json({ state: shownState(state), file, stateId, revision });
  else
    terminal.line(
      `${terminal.paint.green("wrote")} ${printable(file)}: state ${stateId}, revision ${countText(revision)}`,
    );
  return EXIT.done;
}

/** A state URL of the command line: references filled in, files as seen from here. */
function stateOf({ deps }: CliContext, given: string): string {
  const password = /^rediss?:\/\/[^:@]*:([^@]+)@/.exec(given)?.[1];
  if (password !== undefined && !password.includes("${"))
    throw new FigError("usage", "a password on the command line is visible to anyone who lists processes", {
      remedy: `put it into the environment and write \${NAME} in its place, in single quotes`,
    });
  const text = filledIn(given, deps.env);
  if (typeof text !== "string") throw new FigError("usage", text.message, { remedy: text.remedy });
  const problem = stateUrlProblem(text);
  if (problem !== undefined) throw usage(problem.wrong, problem.remedy);
  if (text === "memory:")
    throw usage(
      "a `memory:` state ends with its process: there is nothing to copy",
      "name a file, or a Redis",
    );
  return withFiles(text, (path) => resolve(deps.cwd, path));
}

async function copyState(context: CliContext, from: string, to: string, json: boolean): Promise<number> {
  const { deps, terminal } = context;
  const [source, target] = [stateOf(context, from), stateOf(context, to)];
  const report = await deps.copyState(source, target);
  if (json) {
    terminal.json({ from: shownState(source), to: shownState(target), ...report });
    return EXIT.done;
  }
  const { stateId, revision, definitions, windows, rollups, apiKeys } = report;
  const keys = apiKeys === 0 ? "" : `, ${countOf(apiKeys, "API key")}`;
  terminal.line(
    `${terminal.paint.green("copied")} ${printable(shownState(source))} to ${printable(shownState(target))}`,
  );
  terminal.line(
    `state ${stateId}: revision ${countText(revision)}, ${countText(definitions)} definitions, ${countText(windows)} windows, ${countText(rollups)} rollups${keys}; read back, equal`,
  );
  return EXIT.done;
}
