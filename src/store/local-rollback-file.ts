import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../domain/errors.ts";
import { type LocalRollback, readLocalRollback } from "../domain/local-rollback.ts";
import type { LocalRollbackWritten } from "./contract.ts";

const LOOK_EVERY_MS = 250;
/** A larger file is not read. */
const MAX_ROLLBACK_FILE_BYTES = 1024 * 1024;

/** `folder`: of fig.yaml. */
export function localRollbackPath(folder: string): string {
  return join(folder, ".fig", "rollback.json");
}

async function read(path: string): Promise<LocalRollback | string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_ROLLBACK_FILE_BYTES) return `it has ${size} bytes`;
    const text = await readFile(path, "utf8");
    return readLocalRollback(text, createHash("sha256").update(text).digest("hex").slice(0, 16));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : messageOf(error);
  }
}

/** Adds to what the file holds: of two limits the lower one stays. Replaced whole, synced. */
export async function writeLocalRollback(
  folder: string,
  given: LocalRollback,
): Promise<LocalRollbackWritten> {
  const path = localRollbackPath(folder);
  const known = await read(path);
  const before = typeof known === "object" ? known.routes : {};
  const lower = Object.entries(given.routes).map(([id, modern]) => [
    id,
    Math.min(modern, Object.hasOwn(before, id) ? (before[id] as number) : modern),
  ]);
  const written = { ...given, routes: { ...before, ...Object.fromEntries(lower) } };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${given.id}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(written, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { path, held: written };
}

/** The emergency position of a front door, as its disk has it. */
export class LocalRollbackFile {
  readonly path: string;
  held: LocalRollback | undefined;
  /** Why the file cannot be gone by, as a sentence; undefined: it can. */
  problem: string | undefined;
  private listener: () => void = () => undefined;
  private seen = "";
  private looking = false;
  private timer: NodeJS.Timeout | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(folder: string): Promise<LocalRollbackFile> {
    const file = new LocalRollbackFile(localRollbackPath(folder));
    await file.look();
    file.timer = setInterval(() => void file.look(), LOOK_EVERY_MS).unref();
    return file;
  }

  onChange(listener: () => void): void {
    this.listener = listener;
  }

  /** It is in the ledger now: the file goes, unless it holds something newer. */
  async settled(id: string): Promise<void> {
    const now = await read(this.path);
    if (typeof now === "object" && now.id === id) await rm(this.path, { force: true });
    await this.look();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** What cannot be read leaves in force what was: a half-written file must not raise modern again. */
  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const found = await stat(this.path, { bigint: true }).catch(() => undefined);
      const seen = found === undefined ? "" : `${found.ino} ${found.mtimeNs} ${found.size}`;
      if (seen === this.seen) return;
      const now = seen === "" ? undefined : await read(this.path);
      this.seen = seen;
      this.problem = typeof now === "string" ? `${this.path} holds no emergency position: ${now}` : undefined;
      if (typeof now !== "string") this.held = now;
      this.listener();
    } finally {
      this.looking = false;
    }
  }
}
