import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Replaces a file as a whole, synced, mode 0600 from its first byte on; its folder is made if it is missing. */
export async function writeWhole(path: string, text: string, hex: (bytes: number) => string): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = `${path}.${hex(4)}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
