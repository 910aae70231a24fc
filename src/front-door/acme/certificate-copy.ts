import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf } from "../../domain/errors.ts";
import type { Log } from "../../observe/contract.ts";
import { writeWhole } from "../../store/write-whole.ts";
import { type KeptPair, pairIn } from "./records.ts";

/** A larger copy is not read. */
const MAX_COPY_BYTES = 16 * 1024 * 1024;

/**
 * The last certificates of a state on another host, in a file here (mode 0600, replaced whole): a front door that starts while the
 * state is away serves them.
 */
export class CertificateCopy {
  readonly path: string;
  private readonly hex: (bytes: number) => string;
  private readonly log: Log;
  private written = "";
  private tail: Promise<void> = Promise.resolve();

  /** `positions`: where the copy of the positions is, beside which this one is kept. */
  constructor(positions: string, hex: (bytes: number) => string, log: Log) {
    this.path = join(dirname(positions), `certificates-${basename(positions).replace(/^positions-/, "")}`);
    this.hex = hex;
    this.log = log;
  }

  /** By the names of their records; none where there is no copy, or one that cannot be read. */
  async read(): Promise<ReadonlyMap<string, KeptPair>> {
    const pairs = new Map<string, KeptPair>();
    try {
      if ((await stat(this.path)).size > MAX_COPY_BYTES) throw new Error("it is too large");
      const kept = JSON.parse(await readFile(this.path, "utf8")) as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries(kept)) {
        const pair = pairIn({ version: 1, text: JSON.stringify(value) });
        if (pair !== undefined) pairs.set(name, pair);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.log.warn({ reason: messageOf(error) }, "the copy of the certificates cannot be read");
    }
    return pairs;
  }

  /** Never rejects. */
  keep(pairs: ReadonlyMap<string, KeptPair>): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(pairs));
    this.tail = this.tail.then(async () => {
      if (text === this.written) return;
      try {
        await writeWhole(this.path, text, this.hex);
        this.written = text;
      } catch (error) {
        this.log.warn(
          { reason: messageOf(error) },
          "the certificates cannot be kept here: a front door that starts while the state store is away would not have them",
        );
      }
    });
    return this.tail;
  }
}
