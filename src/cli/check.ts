import { effectiveFiles, findGoneRoutes } from "../config/index.ts";
import { findResplits, problemText, readGone, writerProblems } from "../control/index.ts";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { figErrorOf, messageOf } from "../domain/errors.ts";
import { aliasesOf, emptyLedger, fold } from "../domain/fold.ts";
import { lateRemedy, lateSteps, lateText } from "../domain/late-steps.ts";
import { printable } from "../domain/printable.ts";
import { endedRules } from "../domain/rule-names.ts";
import { countOf } from "../domain/wording.ts";
import { checkAgainst, printAgainst } from "./check-against.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { hasState, loadFiles } from "./files.ts";
import { adminUrl, withConfig } from "./options.ts";
import { problemLine } from "./print-error.ts";

interface CheckOptions {
  readonly against?: string;
  readonly print?: boolean;
  readonly config?: string;
  readonly json?: boolean;
}

export const checkCommand: CliCommand = {
  name: "check",
  register(program, context) {
    const command = program
      .command("check")
      .description("check every file and report everything that is wrong; starts and writes nothing");
    withConfig(command)
      .option(
        "--against <url>",
        "say what these files would change for the clients of the front door whose admin API this is",
        adminUrl,
      )
      .option("--print", "print the files as one: with what they extend, variables filled in")
      .option("--json", "print JSON")
      .action((options: CheckOptions) => context.run(() => check(context, options)));
    command.addHelpText(
      "after",
      "\nExit codes: 2, files that do not pass; with --against 3, where a client would be\nanswered by another server, or not at all; else 0.",
    );
    withExamples(
      command,
      "fig check",
      "fig check -c deploy/fig.yaml --json",
      "fig check --against http://127.0.0.1:9901",
      "fig check -c stages/prod/fig.yaml --print",
    );
  },
};

interface Findings {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

const NOTHING: Findings = { problems: [], warnings: [] };

/** Where there is a state, files that a front door on it would refuse are named here already. None is made. */
async function againstState(deps: CliContext["deps"], config: FrontDoorConfig): Promise<Findings> {
  if (!hasState(config.state)) return NOTHING;
  try {
    const store = await deps.openStore(config.state, "read");
    try {
      const { routes } = config;
      const ledger = fold(emptyLedger(aliasesOf(routes)), await store.read(0));
      const gone = (await readGone(store, ledger, routes)).map(
        ({ route, position }) => [route, position] as const,
      );
      const late = lateSteps(ledger, config.migrations).map(
        (step) => `${lateText(step)}: ${lateRemedy(ledger, config.migrations)}`,
      );
      const problems = [...findGoneRoutes(config, new Map(gone)), ...findResplits(ledger, config)];
      const writers = writerProblems(config, ledger).map(problemText);
      return { problems, warnings: [...late, ...writers] };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (figErrorOf(error, "no_state") !== undefined) return NOTHING;
    const reason = messageOf(error);
    return {
      problems: [],
      warnings: [`not checked against the state, because it cannot be read: ${reason}`],
    };
  }
}

/** Rules that say until when they hold, and are over. */
function endedWarnings(config: FrontDoorConfig | undefined, now: number): readonly string[] {
  return (config?.routes ?? []).flatMap(({ id, compare, source }) =>
    [...endedRules(compare, now)].map(
      (rule) =>
        `${source.file}:${source.line}: route ${id}: compare rule \`${rule}\` has ended and is no longer in force — take it out, or give it another until`,
    ),
  );
}

async function check(context: CliContext, options: CheckOptions): Promise<number> {
  const { terminal, deps } = context;
  const loaded = await loadFiles(deps, options.config, { nowMs: deps.clock.now() });
  const { config } = loaded;
  const against = config === undefined ? NOTHING : await againstState(deps, config);
  const problems = [...loaded.problems, ...against.problems];
  const ended = endedWarnings(config, deps.clock.now());
  const warnings = [...loaded.warnings, ...ended, ...against.warnings];
  const summary =
    config === undefined
      ? undefined
      : {
          routes: config.routes.length,
          migrations: config.migrations.length,
          upstreams: config.upstreams.size,
        };
  const live =
    config === undefined || problems.length > 0 || options.against === undefined
      ? undefined
      : await checkAgainst(context, config, options.against);
  if (options.json === true)
    terminal.json({
      ...{ ok: problems.length === 0, file: loaded.file, problems, warnings, ...summary },
      ...(live === undefined ? {} : { against: live }),
      ...(options.print === true ? { files: (await effectiveFiles(loaded.file, deps.env)).value } : {}),
    });
  else
    for (const warning of warnings)
      terminal.errorLine(`${terminal.paintError.yellow("warning:")} ${printable(warning)}`);
  if (problems.length > 0) {
    if (options.json !== true) {
      for (const problem of problems) terminal.errorLine(problemLine(problem));
      terminal.errorLine(`fig: invalid_files: ${countOf(problems.length, "problem")}`);
    }
    return EXIT.usage;
  }
  if (options.json !== true && options.print === true)
    terminal.line((await effectiveFiles(loaded.file, deps.env)).text.trimEnd());
  else if (options.json !== true && summary !== undefined) {
    const { routes, migrations, upstreams } = summary;
    const counts = [
      countOf(routes, "route"),
      countOf(migrations, "migration"),
      countOf(upstreams, "upstream"),
    ];
    terminal.line(`${terminal.paint.green("ok")} ${printable(loaded.file)}: ${counts.join(", ")}`);
  }
  if (live === undefined) return EXIT.done;
  if (options.json !== true) printAgainst(context, live);
  return live.live ? EXIT.refused : EXIT.done;
}
