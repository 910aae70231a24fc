import { type BigIntStats, readdirSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** By path, what identifies a file and its content. A folder's path ends with `/`. */
export type Look = ReadonlyMap<string, string>;

const MISSING = "none";
/** Files that are looked at in parallel. */
const FILES_AT_ONCE = 256;

/** In nanoseconds: two writes within a millisecond are two. The ctime tells a write whose mtime was set back. */
function identityOf(found: BigIntStats): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  // A pipe changes as it is read, and says nothing of what was in it.
  if (found.isFIFO()) return "pipe";
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** stat follows symlinks: a ConfigMap's swap of ..data shows as another inode. */
async function identity(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(identityOf, () => MISSING);
}

function identityNow(path: string): string {
  try {
    return identityOf(statSync(path, { bigint: true }));
  } catch {
    return MISSING;
  }
}

/** The YAML files among names of a folder, in their order; hidden ones (a ConfigMap's `..data` among them) are not the user's. */
export function yamlNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith(".")).sort();
}

function namesNow(path: string): readonly string[] | undefined {
  try {
    return yamlNames(readdirSync(path));
  } catch {
    return undefined;
  }
}

/** A folder counts by its files alone; what is no folder is a file, there or not. */
function filesAt(path: string, names: readonly string[] | undefined): readonly string[] {
  return names === undefined ? [path] : names.map((name) => join(path, name));
}

/** Looks at files and folders, so that a later look can tell what changed. */
export async function lookAt(paths: readonly string[]): Promise<Look> {
  const look = new Map<string, string>();
  for (const path of paths) {
    const names = await readdir(path).then(yamlNames, () => undefined);
    const files = filesAt(path, names);
    if (names !== undefined) look.set(`${path}/`, "folder");
    for (let i = 0; i < files.length; i += FILES_AT_ONCE) {
      const some = files.slice(i, i + FILES_AT_ONCE);
      const identities = await Promise.all(some.map(identity));
      for (const [index, file] of some.entries()) look.set(file, identities[index] as string);
    }
  }
  return look;
}

/** The same, synchronously. */
export function lookNow(paths: readonly string[]): Look {
  const look = new Map<string, string>();
  for (const path of paths) {
    const names = namesNow(path);
    if (names !== undefined) look.set(`${path}/`, "folder");
    for (const file of filesAt(path, names)) look.set(file, identityNow(file));
  }
  return look;
}

/** A file or folder that changed, came or went between two looks; undefined: none did. */
export function changedBetween(before: Look, after: Look): string | undefined {
  for (const [path, identity] of after) if (before.get(path) !== identity) return path;
  for (const path of before.keys()) if (!after.has(path)) return path;
  return undefined;
}
