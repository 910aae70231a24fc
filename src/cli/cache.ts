import type { CacheReport, PurgeBody, PurgeResult } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { countOf } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { byOf, nonEmpty, type TargetOptions, withBy, withTarget } from "./options.ts";
import { tableLines } from "./table.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";

interface PurgeOptions extends TargetOptions {
  readonly route?: string;
  readonly path?: string;
  readonly tag?: string;
  readonly all?: boolean;
  readonly by?: string;
}

const MIB = 1024 * 1024;

export const cacheCommand: CliCommand = {
  name: "cache",
  register(program, context) {
    const cache = program
      .command("cache")
      .description("the stored answers of routes with the policy `cache`");
    const purge = cache
      .command("purge")
      .description("remove stored answers from every front door of the state")
      .option("--route <id>", "only answers of this route", nonEmpty)
      .option("--path <path>", "only answers of this path; with * at its end, of all that begin so", nonEmpty)
      .option("--tag <tag>", "only answers with this Cache-Tag or Surrogate-Key", nonEmpty)
      .option("--all", "every stored answer");
    withTarget(withBy(purge)).action((options: PurgeOptions) =>
      context.run(() => purgeAnswers(context, options)),
    );
    withExamples(
      purge,
      "fig cache purge --route shop.pages",
      "fig cache purge --path '/products/*'",
      "fig cache purge --tag product-17",
    );
    const stats = cache
      .command("stats")
      .description("what this front door has stored, by route and side, and what came of it");
    withTarget(stats).action((options: TargetOptions) => context.run(() => showStats(context, options)));
    withExamples(stats, "fig cache stats", "fig cache stats --json");
    withExamples(cache, "fig cache stats", "fig cache purge --tag product-17");
  },
};

async function purgeAnswers(context: CliContext, options: PurgeOptions): Promise<number> {
  const { route, path, tag, all } = options;
  const named = [route, path, tag].some((part) => part !== undefined);
  if (named && all === true)
    throw usage("--all was given beside another part", "give --all alone, or say what is to go");
  if (!named && all !== true)
    throw usage("nothing was named", "say what is to go: --route, --path, --tag, or --all");
  return onTarget(context, options, "write", async ({ control, where }) => {
    const body: PurgeBody = {
      ...(route === undefined ? {} : { route }),
      ...(path === undefined ? {} : { path }),
      ...(tag === undefined ? {} : { tag }),
      ...(all === true ? { all } : {}),
      by: byOf(options.by, context.deps),
    };
    const result = await control.purgeCache(body);
    if (options.json === true) context.terminal.json(result);
    else context.terminal.line(`${purgeText(result)} (${where})`);
    return EXIT.done;
  });
}

function purgeText({ number, purged }: PurgeResult): string {
  const written = `purge ${number} is written`;
  if (purged === null) return `${written}: running front doors follow within a second`;
  return `${written}: ${countOf(purged, "stored answer")} went here, other front doors follow within a second`;
}

async function showStats(context: CliContext, options: TargetOptions): Promise<number> {
  return onTarget(context, options, "read", async ({ control, where }) => {
    const report = await control.cacheReport();
    if (options.json === true) context.terminal.json(report);
    else printReport(context, report, where);
    return EXIT.done;
  });
}

function printReport(context: CliContext, { bytes, limit, sides }: CacheReport, where: string): void {
  const { line, paint } = context.terminal;
  line(`${(bytes / MIB).toFixed(1)} of ${(limit / MIB).toFixed(1)} MiB held ${paint.dim(`(${where})`)}`);
  if (sides.length === 0) {
    line("no route has the policy `cache`");
    return;
  }
  const right = (title: string) => ({ title, align: "right" as const });
  const rows = sides.map((of) => [
    printable(of.route),
    of.side,
    ...[of.hit, of.miss, of.stale, of.revalidated, of.bypass, of.entries, of.evicted].map(String),
    `${(of.bytes / MIB).toFixed(1)}`,
  ]);
  const columns = [{ title: "route" }, { title: "side" }];
  const figures = ["hit", "miss", "stale", "reval.", "bypass", "stored", "evicted", "MiB"].map(right);
  for (const text of tableLines([...columns, ...figures], rows)) line(text);
}
