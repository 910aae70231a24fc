import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { type ImportResult, importOpenApi } from "../config/index.ts";
import { FigError } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import { countOf } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { makeFolder } from "./make-folder.ts";
import { nonEmpty } from "./options.ts";
import { usage } from "./usage.ts";
import { wrap } from "./width.ts";

const MAX_BYTES = 16 * 1024 * 1024;

interface ImportCliOptions {
  readonly to?: string;
  readonly as?: "legacy" | "modern";
  readonly other?: string;
  readonly basePath?: string;
  readonly variable?: Readonly<Record<string, string>>;
  readonly force?: boolean;
  readonly json?: boolean;
}

function sideOption(text: string): "legacy" | "modern" {
  if (text === "legacy" || text === "modern") return text;
  throw new InvalidArgumentError("Write legacy or modern.");
}

function otherOption(text: string): string {
  const isWeb = /^https?:$/.test(URL.parse(text)?.protocol ?? "");
  if (!isWeb && !text.startsWith("unix:"))
    throw new InvalidArgumentError("Write a URL, e.g. http://127.0.0.1:3001.");
  return text;
}

function basePathOption(text: string): string {
  if (!/^\/[^?#\s]*$/.test(text)) throw new InvalidArgumentError("Write a path, e.g. /v1, or / for none.");
  return text;
}

function variableOption(text: string, earlier: Readonly<Record<string, string>> = {}) {
  const [, name, value] = /^([\w-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Write it as NAME=VALUE.");
  return { ...earlier, [name]: value };
}

function withOptions(command: Command): Command {
  return command
    .option("--to <folder>", "where fig.yaml and routes/ are, or come to be (default: here)", nonEmpty)
    .option("--as <side>", "which side the document describes: legacy (default) or modern", sideOption)
    .option("--other <url>", "where the other side listens, e.g. http://127.0.0.1:3001", otherOption)
    .option(
      "--base-path <path>",
      "what stands before every path (default: the server's path; of API Gateway none)",
      basePathOption,
    )
    .option("--variable <name=value>", "a stage variable's value; may be repeated", variableOption)
    .option("--force", "overwrite the routes file that is there; fig.yaml always stays")
    .option("--json", "print JSON");
}

export const importCommand: CliCommand = {
  name: "import",
  register(program, context) {
    const group = program.command("import").description("make routes of a document that describes an API");
    withExamples(group, "fig import openapi openapi.yaml", "fig import apigateway export.json");
    const openapi = withOptions(
      group
        .command("openapi")
        .description(
          "routes of an OpenAPI document (3.0, 3.1, Swagger 2.0), and fig.yaml where there is none",
        )
        .argument("<file>", "the document, JSON or YAML"),
    ).action((file: string, options: ImportCliOptions) =>
      context.run(() => importFile(context, file, false, options)),
    );
    withExamples(
      openapi,
      "fig import openapi openapi.yaml",
      "fig import openapi shop.json --other http://127.0.0.1:3001 --to gateway",
    );
    const gateway = withOptions(
      group
        .command("apigateway")
        .description("routes of an export of Amazon API Gateway (REST or HTTP API), or of get-resources")
        .argument("<file>", "aws apigateway get-export --parameters extensions=integrations,authorizers ..."),
    ).action((file: string, options: ImportCliOptions) =>
      context.run(() => importFile(context, file, true, options)),
    );
    withExamples(
      gateway,
      "fig import apigateway export.json",
      "fig import apigateway export.yaml --variable fn=orders-prod --json",
    );
  },
};

async function readDocument(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_BYTES)
      throw new FigError("invalid_document", `${path}:1: the document is larger than 16 MiB`, {
        remedy: "split it",
      });
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof FigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw usage(`${path} cannot be read (${code})`, "name an OpenAPI document");
  }
}

async function importFile(
  context: CliContext,
  file: string,
  gateway: boolean,
  options: ImportCliOptions,
): Promise<number> {
  const { deps, terminal } = context;
  const path = resolve(deps.cwd, file);
  const folder = resolve(deps.cwd, options.to ?? ".");
  const result = importOpenApi(file, await readDocument(path), {
    ...{ as: options.as ?? "legacy", other: options.other, basePath: options.basePath, gateway },
    variables: options.variable ?? {},
    documentPath: relative(folder, path) || basename(path),
  });
  const hasFig = existsSync(join(folder, "fig.yaml"));
  const files = [
    { path: result.routesFile.path, text: result.routesFile.text },
    // Somebody wrote it, and --force is about what an import wrote.
    ...(hasFig ? [] : [{ path: "fig.yaml", text: result.fig }]),
  ];
  const there = files.filter((each) => existsSync(join(folder, each.path)));
  if (there.length > 0 && options.force !== true)
    throw new FigError("file_exists", `${there.map((each) => each.path).join(", ")} is there already`, {
      remedy: "move it away, or overwrite it with --force",
    });
  for (const each of files) {
    await makeFolder(dirname(join(folder, each.path)));
    await writeFile(join(folder, each.path), each.text);
  }
  const written = files.map((each) => each.path);
  const additions = written.includes("fig.yaml") ? null : result.additions;
  if (options.json === true)
    terminal.json({
      title: result.title,
      folder,
      written,
      routes: result.routes,
      upstreams: result.upstreams,
      additions,
      notes: result.notes,
    });
  else report(context, result, written, additions);
  return EXIT.done;
}

function report(
  { terminal }: CliContext,
  { routes, notes, upstreams }: ImportResult,
  written: readonly string[],
  additions: string | null,
): void {
  const { line, paint } = terminal;
  for (const path of written) line(`${paint.green("wrote")} ${printable(path)}`);
  const tell = (level: string, title: string) => {
    const those = notes.filter((note) => note.level === level);
    if (those.length === 0) return;
    line();
    line(paint.bold(`${title} (${those.length})`));
    for (const { place, message } of those)
      for (const [index, text] of wrap(printable(`${message} (${place})`), 74).entries())
        line(`${index === 0 ? "  - " : "    "}${text}`);
  };
  tell("changed", "not quite as it was");
  tell("left", "not imported");
  if (additions !== null) {
    line();
    line("fig.yaml is there already. What the routes need of it:");
    for (const text of additions.trimEnd().split("\n")) line(`  ${text}`);
  }
  line();
  line(
    `${countOf(routes.length, "route")}, ${countOf(upstreams.length, "upstream")}. Check them with \`fig check\`.`,
  );
}
