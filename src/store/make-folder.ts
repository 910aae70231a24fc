import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes a folder (0700) and those above it. Not mkdir's own `recursive`: that one tries for ever where a folder cannot be made, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  if (await stat(folder).catch(() => undefined)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
