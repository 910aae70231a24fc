import { readFile, writeFile } from "node:fs/promises";
import { editCompare } from "../config/index.ts";
import { changedCompare, type Suggestion, suggestionsFor } from "../control/index.ts";
import { FigError } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import type { CliContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { readFiles } from "./files.ts";
import type { TargetOptions } from "./options.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";
import { wrap } from "./width.ts";

const WITHOUT_RULE = {
  choice: "only if this means nothing; --apply leaves it to you",
  modern: "modern's own; no rule should hide it",
  unknown: "modern's own, or legacy's noise: not known yet",
};

function textOf({ path, verdict, yaml, because }: Suggestion): readonly string[] {
  const said = verdict === "rule" || verdict === "choice" ? `${yaml}` : path;
  const head = verdict === "rule" ? said : `${said}: ${WITHOUT_RULE[verdict]}`;
  return [...wrap(printable(head), 78), ...wrap(printable(because), 74).map((text) => `    ${text}`)];
}

/** What remains worth a rule of `compare` on one route; with `apply`, written into its file. */
export async function suggest(
  context: CliContext,
  id: string | undefined,
  options: TargetOptions & { readonly apply?: boolean },
): Promise<number> {
  if (id === undefined) throw usage("--suggest speaks of one route", "name it: fig diff ROUTE --suggest");
  const { routes } = await readFiles(context.deps, options.config);
  const route = routes.find((each) => each.id === id);
  if (route === undefined)
    throw new FigError("unknown_route", `there is no route ${id} in the files here`, {
      remedy: "`fig status` lists them",
    });
  const [rows, noticed] = await onTarget(context, options, "read", async ({ control }) => [
    await control.mismatches(id),
    await control.noticed(id),
  ]);
  const { suggestions, changes } = suggestionsFor(route, rows, noticed[0]?.noise);
  const apply = options.apply === true && changes.length > 0;
  const { file } = route.source;
  if (apply) await writeFile(file, editCompare(await readFile(file, "utf8"), id, changedCompare(changes)));
  const { terminal } = context;
  if (options.json === true) {
    terminal.json({ route: id, file, applied: apply, suggestions });
    return EXIT.done;
  }
  if (suggestions.length === 0) terminal.line("nothing differs that a rule could speak of");
  for (const suggestion of suggestions) for (const text of textOf(suggestion)) terminal.line(text);
  if (apply) terminal.line(`written into ${file}; front doors read it when it is saved`);
  else if (changes.length > 0) terminal.line(`--apply writes these into compare of ${id} in ${file}`);
  return EXIT.done;
}
