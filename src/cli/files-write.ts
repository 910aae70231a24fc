import { constants } from "node:fs";
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FigError, messageOf } from "../domain/errors.ts";
import type { FilesContent } from "../domain/kept-files.ts";
import { makeFolder } from "./make-folder.ts";

/** A path of a set as one below `root`. Throws where it would lead out of it. */
function within(root: string, path: string): string {
  const steps = path.split("/");
  if (
    path === "" ||
    path.includes("\0") ||
    path.includes("\\") ||
    steps.some((step) => /^\.{0,2}$/.test(step))
  )
    throw new FigError(
      "files_not_kept",
      `the kept files have a path that leads elsewhere: ${JSON.stringify(path)}`,
    );
  return join(root, ...steps);
}

/** Writes all files of a set into a folder that is empty or not there. */
export async function writeFolder(folder: string, { files }: FilesContent): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw unwritable(folder, error);
  });
  if (there.length > 0)
    throw new FigError("file_exists", `${folder} is not empty`, {
      remedy: "name a folder that is not there yet",
    });
  for (const { path, text } of files) {
    const file = within(folder, path);
    try {
      await makeFolder(dirname(file));
      await writeFile(file, text);
    } catch (error) {
      throw unwritable(file, error);
    }
  }
}

function unwritable(path: string, cause: unknown): FigError {
  const code = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
  return new FigError("files_read_only", `${path} cannot be written (${code}): nothing was changed`, {
    remedy:
      "write them into another folder with `fig files --at N --to FOLDER`, and put them where these come from: your version control, or the ConfigMap (kubectl create configmap NAME --from-file=FOLDER --dry-run=client -o yaml | kubectl apply -f -)",
    cause,
  });
}

/** Files to write and to remove below a folder. */
export interface FileChanges {
  readonly root: string;
  readonly write: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** True for what Kubernetes mounts: a link to a folder that it swaps. */
async function isSwapped(folder: string): Promise<boolean> {
  return lstat(join(folder, "..data")).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** What a file of ours is called. A set that somebody else put into the store could name any other. */
const NAMED_AS_OURS = /\.(?:ya?ml|json)$/i;

/** Throws `files_read_only` before anything is written, and `files_not_kept` where a path is none of ours. `known`: those that are here now. */
export async function checkWritable(
  { root, write, remove }: FileChanges,
  known: ReadonlySet<string> = new Set(),
): Promise<void> {
  for (const path of write.keys()) {
    if (known.has(path)) continue;
    if (!NAMED_AS_OURS.test(path) || path.split("/").some((step) => step.startsWith(".")))
      throw new FigError(
        "files_not_kept",
        `${JSON.stringify(path)} is not here, and a file of this name is not written by itself: nothing was changed`,
        { remedy: "write the files elsewhere with `fig files --at N --to FOLDER`, and copy them here" },
      );
  }
  for (const path of [...write.keys(), ...remove]) {
    const file = within(root, path);
    let folder = dirname(file);
    while (!(await lstat(folder).catch(() => undefined)) && folder !== dirname(folder))
      folder = dirname(folder);
    if (await isSwapped(folder)) throw unwritable(folder, new Error("a mounted ConfigMap"));
    try {
      if (!(await stat(folder)).isDirectory()) throw new Error("this is no folder");
      await access(folder, constants.W_OK);
      const found = await lstat(file).catch(() => undefined);
      if (found === undefined) continue;
      if (found.isDirectory()) throw new Error("this is a folder");
      await access(file, constants.W_OK);
    } catch (error) {
      throw unwritable(file, error);
    }
  }
}

/** A file that is to change. */
interface Changing {
  readonly path: string;
  /** Where its bytes are: what a link leads to. */
  readonly file: string;
  /** What it holds; undefined: it is not there. */
  readonly before: Buffer | undefined;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Undefined: it goes. */
  readonly text: string | undefined;
}

/** Throws `files_read_only` where what is there cannot be read: it could not be copied. */
async function looked(root: string, path: string, text: string | undefined): Promise<Changing> {
  const named = within(root, path);
  try {
    // A link that goes is taken away itself; one that is written stays a link.
    const file = text === undefined ? named : await realpath(named);
    const { mode, uid, gid } = await stat(named);
    return { path, file, before: await readFile(named), mode: mode & 0o777, owner: { uid, gid }, text };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unwritable(named, error);
    return { path, file: named, before: undefined, mode: 0o644, owner: undefined, text };
  }
}

/** A folder that was not there before: two copies of one second are two. */
async function freshFolder(wanted: string): Promise<string> {
  await makeFolder(dirname(wanted));
  for (let i = 1; ; i++) {
    const folder = i === 1 ? wanted : `${wanted}-${i}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || i >= 1000) throw error;
    }
  }
}

async function copied(all: readonly Changing[], wanted: string): Promise<string> {
  try {
    const copy = await freshFolder(wanted);
    for (const { path, before } of all) {
      if (before === undefined) continue;
      const file = within(copy, path);
      await makeFolder(dirname(file));
      await writeFile(file, before, { mode: 0o600 });
    }
    return copy;
  } catch (error) {
    throw unwritable(wanted, error);
  }
}

/** Writes a file beside its place; gives where it is. */
async function staged({ file, mode, owner, text }: Changing): Promise<string> {
  const temporary = join(dirname(file), `.${basename(file)}.fig-restoring-${process.pid}`);
  await makeFolder(dirname(file));
  await rm(temporary, { force: true });
  try {
    await writeFile(temporary, text ?? "", { mode: 0o600, flag: "wx" });
    // Run as root, the front door's user reads its files afterwards too.
    if (owner !== undefined && owner.uid !== process.getuid?.())
      await chown(temporary, owner.uid, owner.gid).catch(() => undefined);
    await chmod(temporary, mode);
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function putBack({ file, before, mode }: Changing): Promise<void> {
  if (before === undefined) await rm(file, { force: true });
  else await writeFile(file, before, { mode });
}

/**
 * Copies what is there, then writes and removes: all of it or, as far as the disk allows, nothing. Gives the folder of the copy. Throws
 * `files_read_only`.
 */
export async function applyChanges({ root, write, remove }: FileChanges, wanted: string): Promise<string> {
  const all: Changing[] = [];
  for (const [path, text] of write) all.push(await looked(root, path, text));
  for (const path of remove) all.push(await looked(root, path, undefined));
  const copy = await copied(all, wanted);
  const ready: (readonly [Changing, string | undefined])[] = [];
  const done: Changing[] = [];
  let at = root;
  try {
    // Nothing is in its place before all of it is on the disk.
    for (const one of all) {
      at = one.file;
      ready.push([one, one.text === undefined ? undefined : await staged(one)]);
    }
    for (const [one, temporary] of ready) {
      at = one.file;
      if (temporary === undefined) await rm(one.file, { force: true });
      else await rename(temporary, one.file);
      done.push(one);
    }
  } catch (error) {
    for (const [, temporary] of ready)
      if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    const left: string[] = [];
    for (const one of done.reverse()) await putBack(one).catch(() => left.push(one.path));
    if (left.length === 0) throw unwritable(at, error);
    throw new FigError(
      "files_read_only",
      `${at} cannot be written, and ${left.join(", ")} could not be put back: what was there is in ${copy}`,
      { remedy: "make room, or the folder writable, and copy it back by hand", cause: error },
    );
  }
  return copy;
}
