import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../domain/errors.ts";
import { type LocalRollback, lowerOf, readLocalRollback } from "../domain/local-rollback.ts";
import type { LocalRollbackWritten } from "./contract.ts";
import { makeFolder } from "./make-folder.ts";

/** There is no such file, or no folder that it could be in. */
export function isNotThere(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** A larger file is not read. */
const MAX_ROLLBACK_FILE_BYTES = 1024 * 1024;
/** Kept beside the file, so that an emergency position can be written where the disk is full. */
const ROLLBACK_ROOM_BYTES = 64 * 1024;
/** A lock that stays so long was left by a process that was killed. */
const LOCK_TRIES = 20;
const LOCK_WAIT_MS = 25;

/** `folder`: of fig.yaml. */
export function localRollbackPath(folder: string): string {
  return join(folder, ".fig", "rollback.json");
}

const roomOf = (path: string) => join(dirname(path), "rollback.room");

/** Undefined: there is no file. A text: why it cannot be gone by. */
export async function readLocalRollbackFile(path: string): Promise<LocalRollback | string | undefined> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    if (size > MAX_ROLLBACK_FILE_BYTES) return `it has ${size} bytes`;
    const text = await readFile(path, "utf8");
    // Written by hand it has no id: the same text on another day is another emergency.
    const id = createHash("sha256").update(`${mtimeNs} ${text}`).digest("hex").slice(0, 16);
    return readLocalRollback(text, id);
  } catch (error) {
    return isNotThere(error) ? undefined : messageOf(error);
  }
}

/** One after the other, over all processes: two commands at once must not lose what one of them holds. */
async function alone<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  const lock = `${path}.lock`;
  let whose = "";
  for (let tries = 0; ; tries++) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      break;
    } catch (error) {
      // A disk that takes no lock is not waited for.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return await work();
    }
    const found = await stat(lock, { bigint: true }).catch(() => undefined);
    const now = `${found?.ino} ${found?.mtimeNs}`;
    if (now !== whose) tries = 0;
    else if (tries >= LOCK_TRIES) await rm(lock, { force: true });
    whose = now;
    await delay(LOCK_WAIT_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function closing(file: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Into blocks that the disk gave before it was full: what is left of them stays blank. */
async function writeIntoRoom(path: string, text: string): Promise<boolean> {
  const room = roomOf(path);
  const file = await open(room, "r+").catch(() => undefined);
  if (file === undefined) return false;
  let fits = true;
  await closing(file, async () => {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(size, " ");
    fits = Buffer.byteLength(text) <= bytes.write(text);
    if (fits) await file.write(bytes, 0, size, 0);
  });
  if (fits) await rename(room, path);
  return fits;
}

const textOf = (held: LocalRollback) => `${JSON.stringify(held, undefined, 2)}\n`;

/** Replaced whole, synced. */
async function writeText(temporary: string, path: string, text: string): Promise<void> {
  try {
    const file = await open(temporary, "wx", 0o600);
    await closing(file, () => file.writeFile(text));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function replace(path: string, text: string, id: string): Promise<void> {
  await makeFolder(dirname(path));
  try {
    await writeText(`${path}.${id}`, path, text);
  } catch (error) {
    if (!(await writeIntoRoom(path, text))) throw error;
  }
}

/** Adds to what the file holds: of two limits the lower one stays. */
export async function writeLocalRollback(
  folder: string,
  given: LocalRollback,
): Promise<LocalRollbackWritten> {
  const path = localRollbackPath(folder);
  return await alone(path, async () => {
    const known = await readLocalRollbackFile(path);
    const held = lowerOf(given, typeof known === "object" ? known : undefined);
    await replace(path, textOf(held), given.id);
    return { path, held };
  });
}

const settledOf = (path: string) => join(dirname(path), "rollback.settled.json");

/** Takes the file away if it still is the one with this id. What it held stays beside it, for other doors on this disk. */
export async function settleLocalRollback(path: string, id: string): Promise<void> {
  await alone(path, async () => {
    const now = await readLocalRollbackFile(path);
    if (typeof now !== "object" || now.id !== id) return;
    // Without an id in the text it would have another one under another name.
    if (!(await readFile(path, "utf8")).includes(id)) await writeText(`${path}.${id}`, path, textOf(now));
    await rename(path, settledOf(path));
  });
}

/** Whether what is gone was taken away by a front door that has it in the ledger, and not by hand. */
export async function isSettledThere(path: string, id: string): Promise<boolean> {
  const settled = await readLocalRollbackFile(settledOf(path));
  return typeof settled === "object" && settled.id === id;
}

/** While the disk has room. Where it has none, or is read-only, an emergency position may have to stay in memory. */
export async function keepRoom(path: string): Promise<void> {
  const room = roomOf(path);
  try {
    await makeFolder(dirname(path));
    const file = await open(room, "wx", 0o600);
    await closing(file, () => file.writeFile(Buffer.alloc(ROLLBACK_ROOM_BYTES, " "))).catch(
      async (error: unknown) => {
        await rm(room, { force: true });
        throw error;
      },
    );
  } catch {
    // It is there already, or cannot be: whoever needs it hears of that then.
  }
}
