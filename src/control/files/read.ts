import { FigError } from "../../domain/errors.ts";
import { type FilesRevision, keptIds } from "../../domain/kept-files.ts";
import { checkRevision } from "../../domain/plan.ts";
import type { ControlContext } from "../context.ts";
import type { FilesAt, FilesRow } from "../schemas/files.ts";
import type { FilesBase } from "./contract.ts";
import { setAt } from "./keeper.ts";
import { readBase, setsOf } from "./sets.ts";

async function known({ store, facts, ledger }: ControlContext) {
  const base = await readBase(store);
  const state = await ledger.read(facts.config().routes);
  return { state, sets: setsOf(state, base) };
}

function rowOf(set: FilesRevision | FilesBase, by: string, kept: boolean, inForce: boolean): FilesRow {
  const { id, main, count, bytes, added, removed, changed, more, redacted, revision, at } = set;
  return {
    ...{ revision, at, by, id, main, files: count, bytes, kept, inForce },
    ...{ added: [...added], removed: [...removed], changed: [...changed], more, redacted: [...redacted] },
    again: set.again ?? null,
  };
}

/** Who wrote the entries of these revisions. */
async function writersOf({ store }: ControlContext, sets: readonly FilesRevision[]) {
  const oldest = sets.at(-1)?.revision ?? 0;
  const entries = await store.read(Math.max(0, oldest - 1));
  return new Map(entries.map(({ revision, by }) => [revision, by]));
}

/** Sets of files that were in force, newest first. */
export async function fileSets(context: ControlContext): Promise<readonly FilesRow[]> {
  const here = await context.facts.files?.();
  const { sets } = await known(context);
  const [writers, sizes] = await Promise.all([writersOf(context, sets), context.store.filesSizes()]);
  const there = new Set(sizes.map(({ id }) => id));
  const may = keptIds(sets);
  const id = here?.id ?? sets[0]?.id;
  return sets.map((set) => {
    const by = "by" in set ? (set as FilesBase).by : (writers.get(set.revision) ?? "");
    return rowOf(set, by, there.has(set.id) && may.has(set.id), set === sets.find((each) => each.id === id));
  });
}

/** The files that were in force after a revision. Throws `unknown_revision`, `files_not_kept`. */
export async function filesAtRevision(context: ControlContext, revision: number): Promise<FilesAt> {
  const rows = await fileSets(context);
  const { state, sets } = await known(context);
  checkRevision(state, revision, "`fig files` lists the revisions that there are files of.");
  const set = setAt(sets, revision);
  const row = rows.find((each) => each.revision === set?.revision);
  if (set === undefined || row === undefined)
    throw new FigError("unknown_revision", `No files are known of revision ${revision}.`, {
      remedy: "`fig files` lists the revisions that there are files of.",
    });
  const stored = await context.store.readFiles(set.id);
  if (stored === undefined)
    throw new FigError(
      "files_not_kept",
      `The files of revision ${set.revision} are no longer kept: what they changed is in the ledger.`,
      { remedy: "`fig files` says which are kept; your version control has the others." },
    );
  return { ...row, packed: stored.text };
}
