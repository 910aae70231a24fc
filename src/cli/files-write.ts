import { constants } from "node:fs";
import { access, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Throws `files_read_only` before anything is written. */
export async function checkWritable({ root, write, remove }: FileChanges): Promise<void> {
  for (const path of [...write.keys(), ...remove]) {
    const file = within(root, path);
    let folder = dirname(file);
    while (!(await lstat(folder).catch(() => undefined)) && folder !== dirname(folder))
      folder = dirname(folder);
    if (await isSwapped(folder)) throw unwritable(folder, new Error("a mounted ConfigMap"));
    try {
      await access(folder, constants.W_OK);
      if (await lstat(file).catch(() => undefined)) await access(file, constants.W_OK);
    } catch (error) {
      throw unwritable(file, error);
    }
  }
}

/** Copies what is there, then writes and removes, each file whole or not at all. Gives the folder of the copy. */
export async function applyChanges(changes: FileChanges, copy: string): Promise<void> {
  const { root, write, remove } = changes;
  for (const path of [...write.keys(), ...remove]) {
    const present = await readFile(within(root, path)).catch(() => undefined);
    if (present === undefined) continue;
    const file = within(copy, path);
    await makeFolder(dirname(file));
    await writeFile(file, present, { mode: 0o600 });
  }
  for (const [path, text] of write) {
    const file = within(root, path);
    const temporary = join(dirname(file), `.${path.split("/").at(-1)}.fig-restoring`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, text, { mode: await modeOf(file) });
    await rename(temporary, file);
  }
  for (const path of remove) await rm(within(root, path), { force: true });
}

async function modeOf(file: string): Promise<number> {
  const found = await lstat(file).catch(() => undefined);
  return found?.isFile() ? found.mode & 0o777 : 0o644;
}
