import type { Clock } from "../../domain/clock.ts";
import { messageOf } from "../../domain/errors.ts";
import type { LedgerState } from "../../domain/fold.ts";
import {
  changeText,
  type FilesChange,
  type FilesMark,
  type FilesRevision,
  filesChange,
  keptIds,
  MAX_FILES_SET_BYTES,
  type PackedFiles,
} from "../../domain/kept-files.ts";
import { FILES_NAME, type LedgerEntry } from "../../domain/ledger.ts";
import { withoutSecrets } from "../../domain/redaction.ts";
import type { Log } from "../../observe/contract.ts";
import type { Store } from "../../store/contract.ts";
import type { DoorProblem } from "../contract.ts";
import type { UnpackFiles } from "./contract.ts";
import { readBase, setsOf, writeBase } from "./sets.ts";

/** A set that was put so lately may be about to be named by an entry: it is left. */
const YOUNG_MS = 10 * 60 * 1000;
/** What is due is tried again so long after it could not be written. */
const AGAIN_MS = 500;
/** Other front doors may write at the same time. */
const MAX_TRIES = 5;

/** Who brought files in force, and why, where somebody said so. */
export interface FilesSaid {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

interface KeeperOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** What people call this door. */
  readonly label: string;
  readonly unpack: UnpackFiles;
  /** Undefined: what is in force is not the store's. */
  readonly ledger: () => LedgerState | undefined;
  /** Has an entry in force when it resolves. */
  readonly apply: (entry: LedgerEntry) => Promise<void>;
}

interface Noted {
  readonly files: PackedFiles;
  readonly said: FilesSaid;
}

/**
 * Writes each change of the files in force to the ledger, once for all front doors that have them, with the files themselves beside
 * it. Nothing waits for it: while the store is away, it is due.
 */
export class FilesKeeper {
  /** Sets that were not kept, or gave way, by why. */
  readonly counts: Record<string, number> = {};
  private readonly options: KeeperOptions;
  private inForce: PackedFiles | undefined;
  /** What of them is written, or needs not be. */
  private written: PackedFiles | undefined;
  private due: Noted | undefined;
  private running: Promise<void> | undefined;
  private why: string | undefined;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  /** When it was last looked at what is kept, ms since the epoch. */
  private tidied = 0;

  constructor(options: KeeperOptions) {
    this.options = options;
  }

  /** The id of the files in force here; undefined: there are none. */
  get id(): string | undefined {
    return this.inForce?.id;
  }

  /** What is due stays so: the next front door with these files writes it. */
  close(): void {
    this.closed = true;
    this.due = undefined;
    clearTimeout(this.timer);
  }

  problems(): readonly DoorProblem[] {
    const { why } = this;
    if (why === undefined) return [];
    return [{ kind: "store", message: `the files in force are not in the ledger yet: ${why}` }];
  }

  /** These are in force from now on. Never rejects. */
  note(files: PackedFiles | undefined, said: FilesSaid = {}): Promise<void> {
    if (files === undefined) return Promise.resolve();
    this.inForce = files;
    this.due = { files, said };
    return this.settle();
  }

  /** Writes what is due. Never rejects. */
  async settle(): Promise<void> {
    if (this.running !== undefined) await this.running;
    if (this.due === undefined) return;
    this.running ??= this.write().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async write(): Promise<void> {
    const { due } = this;
    if (due === undefined) return;
    // That the store is away is said already.
    if (this.options.ledger() === undefined) {
      this.again();
      return;
    }
    try {
      for (let tries = 0; ; tries++) {
        if (await this.tell(due)) break;
        if (tries >= MAX_TRIES) throw new Error("other front doors wrote at the same time");
      }
      this.why = undefined;
      this.written = due.files;
      if (this.due === due) this.due = undefined;
      await this.tidy();
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.why && !this.closed)
        this.options.log.warn({ err: error }, "the files in force are not in the ledger yet");
      this.why = why;
      this.again();
    }
  }

  private again(): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => void this.settle(), AGAIN_MS).unref();
  }

  /** False: another front door wrote meanwhile, and it is to be looked at again. */
  private async tell({ files, said }: Noted): Promise<boolean> {
    const { store, label, apply, clock } = this.options;
    const ledger = this.options.ledger();
    if (ledger === undefined) throw new Error("the state store is away");
    const base = await readBase(store);
    const sets = setsOf(ledger, base);
    const newest = sets[0];
    if (newest === undefined) {
      await this.put(files);
      const at = new Date(clock.now()).toISOString();
      const mark = markOf(files, { added: [], removed: [], changed: [], more: 0 }, undefined);
      return writeBase(store, { ...mark, revision: ledger.revision, at, by: label });
    }
    if (!this.isNew(files, newest)) return true;
    const change = filesChange(await this.partsOf(newest), files.parts);
    const again = sets.find(({ id }) => id === files.id)?.revision;
    await this.put(files);
    const mark = markOf(files, change, again);
    const text =
      again === undefined
        ? changeText(change)
        : `the files of revision ${again} again: ${changeText(change)}`;
    const result = await store.append(
      {
        kind: "files",
        by: withoutSecrets(said.by ?? label),
        reason: withoutSecrets(said.reason === undefined ? text : `${said.reason} (${text})`),
        migration: null,
        changes: [],
        evidence: { files: mark },
      },
      { revision: ledger.revision, routes: [FILES_NAME] },
    );
    if (!result.ok) {
      await apply(result.conflict);
      return false;
    }
    await apply(result.entry);
    return true;
  }

  /**
   * Files are new where they are others than the newest, and serve differently. What this front door itself had in force before it,
   * it also tells where they serve the same: somebody has edited a comment.
   */
  private isNew(files: PackedFiles, newest: FilesMark): boolean {
    if (files.id === newest.id) return false;
    const own = this.written;
    if (files.table !== newest.table) return own === undefined || own.id !== files.id;
    return own !== undefined && own.id !== files.id && own.table === files.table;
  }

  private async partsOf({ id, packed }: FilesMark): Promise<PackedFiles["parts"] | undefined> {
    if (this.written?.id === id) return this.written.parts;
    const found = packed === 0 ? undefined : await this.options.store.readFiles(id);
    if (found === undefined) return undefined;
    // A damaged set is no reason to write no other.
    return (await this.options.unpack(found.text).catch(() => undefined))?.parts;
  }

  private async put({ id, packed }: PackedFiles): Promise<void> {
    if (packed.length > MAX_FILES_SET_BYTES) {
      this.count("too_large");
      return;
    }
    await this.options.store.putFiles({ id, at: this.options.clock.now(), text: packed });
  }

  /** Takes away the oldest sets beyond the bounds, and what no entry came to name. */
  private async tidy(): Promise<void> {
    const { store, clock } = this.options;
    const ledger = this.options.ledger();
    if (ledger === undefined) return;
    const sets = setsOf(ledger, await readBase(store));
    const kept = keptIds(sets);
    const before = clock.now() - YOUNG_MS;
    const full = new Set(sets.map(({ id }) => id)).size > kept.size;
    if (this.tidied >= before && !full) return;
    this.tidied = clock.now();
    const sizes = await store.filesSizes();
    const gone = sizes.filter(({ id, at }) => !kept.has(id) && at < before);
    if (gone.length === 0) return;
    await store.dropFiles(gone.map(({ id }) => id));
    this.count("gave_way", gone.length);
  }

  private count(why: string, by = 1): void {
    this.counts[why] = (this.counts[why] ?? 0) + by;
  }
}

function markOf(files: PackedFiles, change: FilesChange, again: number | undefined): FilesMark {
  const { id, table, main, count, bytes, packed, redacted } = files;
  return {
    ...{ id, table, main, count, bytes, ...change },
    packed: packed.length > MAX_FILES_SET_BYTES ? 0 : packed.length,
    redacted: redacted.slice(0, 50),
    ...(again === undefined ? {} : { again }),
  };
}

/** What is in force after a revision: the newest set up to it. */
export function setAt(sets: readonly FilesRevision[], revision: number): FilesRevision | undefined {
  return sets.find((set) => set.revision <= revision);
}
