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

/** SQLite's name for a database that is no file. */
export const MEMORY = ":memory:";

/** Creates the folder (0700) and an empty file (0600) if they are missing. */
export function createFile(path: string): void {
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
    return;
  }
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  syncFolder(dirname(path));
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

/** Every database is longer, its first page alone is. Its -wal file may well be empty. */
const HEADER_BYTES = 100;

function isEmptied(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  return size !== undefined && size < HEADER_BYTES;
}

/**
 * Notices that the files SQLite has open are no longer the ones at their path: what is written then is gone with the
 * last process that has them open, and SQLite does not notice; or that the database was cut to nothing under it, so that its next pages would go into a ruin. Call when the database is open and was read, so that its
 * -wal file is there. The returned function says what happened to the files, as the end of a sentence; undefined: nothing.
 */
export function watchFiles(path: string): () => string | undefined {
  if (path === MEMORY) return () => undefined;
  const identities = new Map([path, `${path}-wal`].map((each) => [each, identityOf(each)]));
  let begun = !isEmptied(path);
  return () => {
    for (const [each, before] of identities) {
      const identity = identityOf(each);
      if (before === undefined) identities.set(each, identity);
      else if (identity !== before)
        return `${each} was ${identity === undefined ? "deleted" : "replaced"} while it was in use`;
    }
    const emptied = isEmptied(path);
    if (emptied && begun) return `${path} was cut to nothing while it was in use`;
    begun ||= !emptied;
    return undefined;
  };
}
