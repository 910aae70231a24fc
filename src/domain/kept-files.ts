import type { LedgerEntry } from "./ledger.ts";

/** A file as it was read, without what reads like a credential. `path` is relative to the folder around all of them, with `/`. */
export interface KeptFile {
  readonly path: string;
  readonly text: string;
}

/** What files make, by name, and a hash of each: `route orders.read`, `upstream orders`, `setting limits`, `file routes/orders.yaml`. */
export type FileParts = Readonly<Record<string, string>>;

/** One set of files. */
export interface FilesContent {
  /** The path of fig.yaml among them. */
  readonly main: string;
  readonly files: readonly KeptFile[];
  /** Where a credential stood, as `fig.yaml:7`: the set does not give it back. */
  readonly redacted: readonly string[];
  readonly parts: FileParts;
}

/** A set as it is kept. */
export interface PackedFiles extends Omit<FilesContent, "files"> {
  /** Of paths and texts: equal sets have equal ids. */
  readonly id: string;
  /** Of all parts that are no files: what serves is the same where it is equal. */
  readonly table: string;
  readonly count: number;
  /** Of the texts. */
  readonly bytes: number;
  /** JSON of a FilesContent, gzip, base64. */
  readonly packed: string;
}

/** What a set has that another had not. */
export interface FilesChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Parts that are not named because there are too many. */
  readonly more: number;
}

/** What the ledger says of a set. */
export interface FilesMark extends FilesChange {
  readonly id: string;
  readonly table: string;
  readonly main: string;
  readonly count: number;
  readonly bytes: number;
  /** Bytes that it takes in the store; 0: it was too large to be kept. */
  readonly packed: number;
  readonly redacted: readonly string[];
  /** The revision whose files these are again. Left out: they are new. */
  readonly again?: number;
}

/** A set that came in force with a revision. */
export interface FilesRevision extends FilesMark {
  readonly revision: number;
  readonly at: string;
}

/** Sets that are remembered, the newest. */
export const MAX_FILES_SETS = 2_000;
/** What they take in the store, all together: beyond it the oldest are known by what the ledger says of them alone. */
const MAX_FILES_BYTES = 64 * 1024 * 1024;
/** One set, packed. */
export const MAX_FILES_SET_BYTES = 8 * 1024 * 1024;
/** Names of each kind in an entry. */
const MAX_NAMED = 50;

/** Names of parts are told without `route`, since most are. */
function told(name: string): string {
  return name.startsWith("route ") ? name.slice("route ".length) : name;
}

const order = (name: string) => (name.startsWith("route ") ? 0 : name.startsWith("file ") ? 2 : 1);

/** What changes from one set to the next. */
export function filesChange(before: FileParts | undefined, after: FileParts): FilesChange {
  const was = before ?? {};
  const names = (of: FileParts, wanted: (name: string) => boolean) =>
    Object.keys(of)
      .filter(wanted)
      .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  const added = names(after, (name) => !Object.hasOwn(was, name));
  const removed = names(was, (name) => !Object.hasOwn(after, name));
  const changed = names(after, (name) => Object.hasOwn(was, name) && was[name] !== after[name]);
  const lists = [added, removed, changed];
  const more = lists.reduce((sum, list) => sum + Math.max(0, list.length - MAX_NAMED), 0);
  const [some = [], gone = [], other = []] = lists.map((list) => list.slice(0, MAX_NAMED).map(told));
  return { added: some, removed: gone, changed: other, more };
}

function listed(verb: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(", ");
  return [`${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ""} ${verb}`];
}

/** In a few words: `orders.read added; limits changed`. Files are named where nothing else changed. */
export function changeText({ added, removed, changed, more }: FilesChange): string {
  const isFile = (name: string) => name.startsWith("file ");
  const parts = (wanted: (name: string) => boolean) => [
    ...listed("added", added.filter(wanted)),
    ...listed("removed", removed.filter(wanted)),
    ...listed("changed", changed.filter(wanted)),
  ];
  const said = parts((name) => !isFile(name));
  const all = said.length > 0 ? said : parts(isFile);
  if (all.length === 0) return "the same files";
  const rest = more === 0 ? [] : [`${more} more changes`];
  return [...all, ...rest].join("; ");
}

/** What an entry of kind `files` says; undefined: it is of another kind, or of a fig that says it differently. */
export function filesOf({ kind, evidence, revision, at }: LedgerEntry): FilesRevision | undefined {
  if (kind !== "files") return undefined;
  const mark = evidence.files as FilesMark | undefined;
  return typeof mark?.id === "string" ? { ...mark, revision, at } : undefined;
}

/** The ids of the sets that may be kept: the newest, as many as the bounds allow. */
export function keptIds(
  newestFirst: readonly FilesMark[],
  bounds: { readonly sets: number; readonly bytes: number } = {
    sets: MAX_FILES_SETS,
    bytes: MAX_FILES_BYTES,
  },
): ReadonlySet<string> {
  const kept = new Set<string>();
  let bytes = 0;
  for (const { id, packed } of newestFirst) {
    if (kept.has(id) || packed === 0) continue;
    if (kept.size >= bounds.sets || bytes + packed > bounds.bytes) break;
    bytes += packed;
    kept.add(id);
  }
  return kept;
}
