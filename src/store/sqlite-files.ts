import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { FigError } from "../domain/errors.ts";

/** Creates the folder (0700) and an empty file (0600) if they are missing. True if the file is new. */
export function createFile(path: string): boolean {
  createFolder(dirname(resolve(path)));
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) {
    if (!found.isFile())
      throw new FigError(
        "store_invalid",
        `${path} is ${found.isDirectory() ? "a folder" : "no regular file"}`,
        {
          remedy: "Let `state` in fig.yaml name a file, for example `sqlite:.fig/state.db`.",
        },
      );
    // Never opened here: closing a second descriptor of it would drop the locks SQLite holds in this process.
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return false;
  }
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  syncFolder(dirname(path));
  return true;
}

/** Not mkdir's own `recursive`: that one tries for ever where a folder cannot be made, as in /proc. */
function createFolder(folder: string): void {
  if (existsSync(folder) || dirname(folder) === folder) return;
  createFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  syncFolder(dirname(folder));
}

/** Makes names in `folder` survive a power cut. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/**
 * Notices that the files SQLite has open are no longer the ones at their path: what is written then is gone with the
 * last process that has them open, and SQLite does not notice.
 */
export class FileWatch {
  private readonly paths: readonly string[];
  private readonly identities: (string | undefined)[];

  /** Call when the database is open and was read, so that its -wal file is there. */
  constructor(path: string) {
    this.paths = [path, `${path}-wal`];
    this.identities = this.paths.map(identityOf);
  }

  /** What happened to the files, as the end of a sentence; undefined: nothing. */
  changed(): string | undefined {
    for (const [index, path] of this.paths.entries()) {
      const identity = identityOf(path);
      const before = this.identities[index];
      if (identity === before) continue;
      if (before === undefined) {
        this.identities[index] = identity;
        continue;
      }
      return `${path} was ${identity === undefined ? "deleted" : "replaced"} while it was in use`;
    }
    return undefined;
  }
}
