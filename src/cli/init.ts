import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { FigError, messageOf } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { loadFiles } from "./files.ts";
import { hasOthers, withIgnored, withSchemas } from "./init-beside.ts";
import {
  INIT_ADMIN,
  INIT_DEFAULTS,
  type InitAnswers,
  type InitFile,
  initFiles,
  routeIdFor,
} from "./init-files.ts";
import { type InitOptions, listenOption, originOption, pathOption, routeOption } from "./init-options.ts";
import { askInit } from "./init-questions.ts";
import { makeFolder } from "./make-folder.ts";
import { typedAs } from "./typed-as.ts";

export const initCommand: CliCommand = {
  name: "init",
  register(program, context) {
    const command = program
      .command("init")
      .description("write a commented fig.yaml, a first route and a first migration, from flags or questions")
      .option("--dir <folder>", "where to write (default: here)")
      .option("--legacy <url>", "the monolith's URL", originOption)
      .option("--modern <url>", "the new service's URL", originOption)
      .option("--path <pattern>", "path of the first route, e.g. /api/orders/{id}", pathOption)
      .option("--route <id>", "id of the first route (default: from the path)", routeOption)
      .option("--listen <address>", "what clients will talk to, e.g. 127.0.0.1:8080", listenOption)
      .option("--force", "overwrite existing files")
      .option("-y, --yes", "ask nothing; use defaults where no flag is given");
    command.action((options: InitOptions) => context.run(() => init(context, options)));
    withExamples(
      command,
      "fig init",
      "fig init --legacy http://127.0.0.1:3000 --modern http://127.0.0.1:3001 --path '/api/orders/{id}' --yes",
    );
  },
};

async function init(context: CliContext, options: InitOptions): Promise<number> {
  const { deps, terminal } = context;
  const folder = resolve(deps.cwd, options.dir ?? ".");
  const given = await answersFor(context, options);
  if (given === undefined) {
    terminal.errorLine("fig: nothing was written");
    return 130;
  }
  const files = withSchemas(initFiles(given), folder, deps.packageRoot);
  refuseOverwriting(folder, files, options.force === true);
  const ignored = withIgnored(folder);
  for (const file of ignored === undefined ? files : [...files, ignored]) {
    const path = join(folder, file.path);
    await write(path, file.text);
    terminal.line(`${terminal.paint.green("wrote")} ${shown(deps.cwd, path)}`);
  }
  await verify(context, join(folder, "fig.yaml"));
  const { assumed } = given;
  if (assumed.length > 0)
    terminal.errorLine(
      `${terminal.paintError.yellow("note:")} there is no terminal to ask on, so these defaults are used: ${assumed.join(" ")}`,
    );
  printNext(context, folder, given);
  return EXIT.done;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, text);
  } catch (error) {
    throw new FigError("cannot_write", `${path} cannot be written: ${messageOf(error)}`, {
      remedy: "name a folder that you can write with --dir",
    });
  }
}

interface Answers extends InitAnswers {
  /** Flags whose values are defaults that nobody has agreed to, as they could have been given. */
  readonly assumed: readonly string[];
}

async function answersFor(context: CliContext, options: InitOptions): Promise<Answers | undefined> {
  const { deps } = context;
  const complete = options.legacy !== undefined && options.modern !== undefined && options.path !== undefined;
  if (options.yes !== true && !complete && deps.stdin.isTTY === true && deps.stdout.isTTY === true) {
    const answers = await askInit(deps, options);
    return answers && { ...answers, assumed: [] };
  }
  const unsaid = (["legacy", "modern", "path"] as const).filter((name) => options[name] === undefined);
  const path = options.path ?? INIT_DEFAULTS.path;
  return {
    listen: options.listen ?? INIT_DEFAULTS.listen,
    legacy: options.legacy ?? INIT_DEFAULTS.legacy,
    modern: options.modern ?? INIT_DEFAULTS.modern,
    path,
    route: options.route ?? routeIdFor(path),
    assumed: options.yes === true ? [] : unsaid.map((name) => `--${name} ${INIT_DEFAULTS[name]}`),
  };
}

function refuseOverwriting(folder: string, files: readonly InitFile[], force: boolean): void {
  if (force) return;
  const there = files.map((file) => join(folder, file.path)).filter((path) => existsSync(path));
  if (there.length === 0) return;
  throw new FigError("file_exists", "some files exist already; nothing was written", {
    remedy: hasOthers(folder, files)
      ? "choose another folder with --dir: --force would leave the other routes and steps that lie here"
      : "choose another folder with --dir, or overwrite them with --force",
    details: { reasons: there },
  });
}

/** Files of other routes may lie in the folder already: all of it has to pass together. */
async function verify(context: CliContext, file: string): Promise<void> {
  const { problems } = await loadFiles(context.deps, file);
  if (problems.length === 0) return;
  throw new FigError(
    "invalid_files",
    "the files were written, but do not pass together with the existing files",
    {
      remedy: "correct what is named above, then run `fig check`",
      details: { problems },
    },
  );
}

/** `/shop and /shop/` of `/shop/{rest+}`, which takes at least one segment; undefined: the path has no such end. */
function leftOut(path: string): string | undefined {
  const [, prefix] = /^(.*)\/\{[^{}]+\+\}$/.exec(path) ?? [];
  if (prefix === undefined) return undefined;
  return prefix === "" ? "/" : `${prefix} or ${prefix}/`;
}

function printNext(context: CliContext, folder: string, answers: InitAnswers): void {
  const { terminal, deps } = context;
  const here = relative(deps.cwd, folder);
  const steps = [
    ["check", "every file, checked"],
    ["serve", `then send clients to http://${answers.listen}`],
    ["migrate up", "shadow: legacy answers, modern gets copies"],
    ["status", "who answers what, and how fast"],
    [`diff ${answers.route}`, "what differs"],
  ] as const;
  terminal.line();
  terminal.line(terminal.paint.bold("Next:"));
  if (here !== "") terminal.line(`  cd ${printable(here)}`);
  const fig = typedAs(deps.env, deps.packageRoot);
  for (const [command, does] of steps) terminal.line(`  ${`${fig} ${command}`.padEnd(30)} ${does}`);
  const left = leftOut(answers.path);
  if (left !== undefined)
    terminal.line(`${printable(left)} without a segment more goes to legacy: give it a route of its own.`);
  terminal.line(`The dashboard is at http://${INIT_ADMIN} while it serves.`);
  terminal.line("Keep fig.yaml, routes/ and migrations/ in git. The state, .fig/, stays out of it.");
}

function shown(cwd: string, path: string): string {
  const near = relative(cwd, path);
  return printable(near.startsWith("..") ? path : near);
}
