import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { readRedisUrl } from "../domain/state-url.ts";
import type { DefinitionEpoch, LastKnown, LastKnownKeeper } from "./contract.ts";
import { writeWhole } from "./write-whole.ts";

/** Raised when the file changes; another version's is not read. */
const FORMAT = 1;
/** A larger copy is neither written nor read. */
const MAX_COPY_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 10_000;

interface Written {
  readonly format: number;
  readonly state: string;
  readonly stateId: string;
  readonly entries: readonly LedgerEntry[];
  readonly definitions: readonly (readonly [string, DefinitionEpoch & { readonly hash: string }])[];
}

interface PositionCopyOptions {
  /** Folder of fig.yaml. */
  readonly folder: string;
  readonly hex: (bytes: number) => string;
}

function whyOf(error: unknown): string {
  return messageOf(error);
}

/**
 * The last known state of a store on another host, in a file here (mode 0600, replaced whole), so that a front door that
 * starts while the store is away has positions to serve by.
 */
export class PositionCopy implements LastKnownKeeper {
  readonly path: string;
  last: LastKnown | undefined;
  /** Why the copy cannot be used or kept, as a sentence; undefined: it can. */
  problem: string | undefined;
  private readonly state: string;
  private readonly hex: (bytes: number) => string;
  private next: (() => LastKnown) | undefined;
  private writing: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;

  private constructor(path: string, state: string, hex: (bytes: number) => string) {
    this.path = path;
    this.state = state;
    this.hex = hex;
  }

  /** Undefined for a state that is kept on this host. */
  static async open(url: string, { folder, hex }: PositionCopyOptions): Promise<PositionCopy | undefined> {
    if (!/^rediss?:/.test(url)) return undefined;
    const address = readRedisUrl(url);
    if ("wrong" in address) return undefined;
    const { host, port, database, prefix } = address;
    const state = `${host}:${port}/${database}?prefix=${prefix}`;
    const name = createHash("sha256").update(state).digest("hex").slice(0, 8);
    const copy = new PositionCopy(address.copy ?? join(folder, ".fig", `positions-${name}.json`), state, hex);
    await copy.load();
    return copy;
  }

  keep(make: () => LastKnown): void {
    this.next = make;
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.retry);
    await this.writing;
  }

  private async load(): Promise<void> {
    try {
      const { size } = await stat(this.path);
      if (size > MAX_COPY_BYTES) throw new Error(`it has ${size} bytes`);
      const written = JSON.parse(await readFile(this.path, "utf8")) as Written;
      if (written.format !== FORMAT || written.state !== this.state) return;
      const { stateId, entries, definitions } = written;
      this.last = { stateId, entries, definitions: new Map(definitions) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      this.problem = `the copy of the positions in ${this.path} cannot be read: ${whyOf(error)}`;
    }
  }

  private async write(): Promise<void> {
    while (this.next !== undefined) {
      const make = this.next;
      this.next = undefined;
      try {
        await this.writeOnce(make());
        this.problem = undefined;
      } catch (error) {
        this.problem = `the positions cannot be kept in ${this.path} (${whyOf(error)}): a front door that starts here while the state store is away would not have them`;
        clearTimeout(this.retry);
        this.retry = setTimeout(() => this.keep(this.next ?? make), RETRY_MS).unref();
        return;
      }
    }
  }

  private async writeOnce({ stateId, entries, definitions }: LastKnown): Promise<void> {
    const content: Written = {
      format: FORMAT,
      state: this.state,
      stateId,
      entries,
      definitions: [...definitions],
    };
    const text = JSON.stringify(content);
    if (Buffer.byteLength(text) > MAX_COPY_BYTES) throw new Error(`it would have ${text.length} characters`);
    await writeWhole(this.path, text, this.hex);
  }
}
