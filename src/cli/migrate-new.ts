import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { migrationsFolder } from "../config/index.ts";
import type { MigrationStatus } from "../control/contract.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { isShadowed } from "../domain/coverage.ts";
import { FigError } from "../domain/errors.ts";
import { COUNTED_METHODS } from "../domain/message.ts";
import { stepText } from "../domain/migration-plan.ts";
import type { Position } from "../domain/position.ts";
import { printable } from "../domain/printable.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { scrubbed } from "../domain/scrub.ts";
import type { CliContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { readFiles, requireFile } from "./files.ts";
import { makeFolder } from "./make-folder.ts";
import type { TargetOptions } from "./options.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";

export interface NewStepOptions extends TargetOptions {
  readonly route?: readonly string[];
  readonly modern?: number;
  readonly shadow?: number;
}

/** Percent of clients that careful migrations stop at. */
const STAGES = [1, 10, 50, 100];

/** Where the steps leave a route, as far as they say it. */
function leftAt(config: FrontDoorConfig, id: string): Partial<Position> {
  return Object.assign({}, ...config.migrations.map((step) => step.changes[id]));
}

/** The routes of the newest step, else the first route that can move. */
function routesMeant(config: FrontDoorConfig, asked: readonly string[] | undefined): readonly string[] {
  const moving = config.routes.filter((route) => !route.retired).map((route) => route.id);
  const wrong = asked?.find((id) => !moving.includes(id));
  if (wrong !== undefined)
    throw new FigError("unknown_route", `there is no route ${scrubbed(wrong)} that can move`, {
      remedy: `the routes are: ${moving.join(", ")}`,
    });
  const newest = Object.keys(config.migrations.at(-1)?.changes ?? {}).filter((id) => moving.includes(id));
  const meant = asked ?? (newest.length > 0 ? newest : moving.slice(0, 1));
  if (meant.length === 0) throw usage("no route of the files can move", "write a route first");
  return meant;
}

/** The shadow comes first; then the next stage of clients. */
function positionMeant(config: FrontDoorConfig, id: string, options: NewStepOptions): Partial<Position> {
  const { modern, shadow } = options;
  if (modern !== undefined || shadow !== undefined)
    return { ...(modern === undefined ? {} : { modern }), ...(shadow === undefined ? {} : { shadow }) };
  const left = leftAt(config, id);
  if (left.shadow === undefined && left.modern === undefined) return { shadow: 100 };
  return { modern: STAGES.find((stage) => stage > (left.modern ?? 0)) ?? 100 };
}

/** Of the methods that these routes take, those of which nothing is compared. */
function neverCompared(routes: readonly RouteDefinition[]): readonly string[] {
  const methods = routes.flatMap((route) =>
    (route.match.methods ?? COUNTED_METHODS).filter(
      (method) => !isShadowed(route, { modern: 0, shadow: 100 }, method),
    ),
  );
  return [...new Set(methods)];
}

/** As `fig init` writes it: green is not to mean that nobody looked. */
function gateYaml(routes: readonly RouteDefinition[]): string {
  const uncovered = neverCompared(routes);
  const accepted =
    uncovered.length === 0
      ? ""
      : `  uncovered: [${uncovered.join(", ")}] # not shadowed: list here what is tried by other means\n`;
  return `gate:
  minComparisons: 1000
  maxMismatchRate: 0.5             # percent
  minCoverage: 5                   # percent compared of each method that is shadowed
${accepted}  minDuration: 10m
`;
}

function stepYaml(
  name: string,
  changes: ReadonlyMap<string, Partial<Position>>,
  routes: readonly RouteDefinition[],
): string {
  const lines = [...changes].map(([id, { modern, shadow }]) => {
    const parts = Object.entries({ modern, shadow }).filter(([, value]) => value !== undefined);
    return `  ${JSON.stringify(id)}: { ${parts.map(([key, value]) => `${key}: ${value}`).join(", ")} }\n`;
  });
  const rises = [...changes.values()].some(({ modern }) => modern !== undefined && modern > 0);
  return `description: ${JSON.stringify(name.replaceAll(/[-_.]+/g, " "))}\nchanges:\n${lines.join("")}${rises ? gateYaml(routes) : ""}`;
}

/** Writes the next numbered step. Numbers that the ledger knows are taken too, whatever became of their files. */
export async function newStep(context: CliContext, name: string, options: NewStepOptions): Promise<number> {
  const { deps, terminal } = context;
  const file = requireFile(deps, options.config);
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw usage(
      `${JSON.stringify(name)} is not a step's name`,
      "write letters, digits and . _ -, like orders-10-percent",
    );
  const config = await readFiles(deps, options.config);
  const known = await onTarget(context, options, "read", ({ control }) => control.migrations());
  const taken = [...config.migrations, ...known].map((step: Pick<MigrationStatus, "number">) => step.number);
  const number = Math.max(0, ...taken) + 1;
  const folder = await migrationsFolder(file, deps.env);
  if (folder === undefined || number > 9999)
    throw new FigError("invalid_files", "there is no place for another step", {
      remedy: "look at `migrations` in fig.yaml",
    });
  const changes = new Map(
    routesMeant(config, options.route).map((id) => [id, positionMeant(config, id, options)] as const),
  );
  const moved = config.routes.filter(({ id }) => changes.has(id));
  const path = join(folder, `${stepText({ number, name })}.yaml`);
  await makeFolder(folder);
  await writeFile(path, stepYaml(name, changes, moved), { flag: "wx" });
  const written = relative(deps.cwd, path);
  if (options.json === true)
    terminal.json({ file: path, number, name, changes: Object.fromEntries(changes) });
  else terminal.line(`wrote ${printable(written)}; \`fig migrate plan\` says what it would do`);
  return EXIT.done;
}
