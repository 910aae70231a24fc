import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes a folder and those above it. Not mkdir's own `recursive`: that one tries for ever where a folder cannot be made, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
