import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type ConfigDocument, textAt, valueAt } from "./document.ts";

const MAX_BYTES = 1024 * 1024;

/** What was found at a path. */
interface TlsFile {
  /** Undefined: it could not be read. */
  readonly text: string | undefined;
  /** Why not: ENOENT and the like, or `large`. */
  readonly error: string | undefined;
  /** Every user of this machine may read it. */
  readonly open: boolean;
}

/** By absolute path. */
export type TlsFiles = ReadonlyMap<string, TlsFile>;

/** The PEM text itself stands where a path could. */
export function isPem(text: string): boolean {
  return text.trimStart().startsWith("-----BEGIN ");
}

/** A key for HMAC of at least 128 bits, base64url or base64 without what a path needs: it stands itself where a path could. */
export function isMacKey(text: string): boolean {
  return /^[A-Za-z0-9_+-]{22,}={0,2}$/.test(text.trim());
}

/** Where fig.yaml has texts that name PEM files, before anything of it is checked. */
function* places(fig: ConfigDocument): Generator<readonly (string | number)[]> {
  const { value } = fig;
  const listen = valueAt(value, ["listen"]);
  const listeners = Array.isArray(listen) ? listen.map((_, at) => ["listen", at]) : [["listen"]];
  for (const listener of listeners) {
    const tls = [...listener, "tls"];
    for (const list of [tls, [...tls, "certificates"]]) {
      const found = valueAt(value, list);
      const pairs = Array.isArray(found) ? found.map((_, at) => [...list, at]) : [list];
      for (const pair of pairs)
        yield* [
          [...pair, "cert"],
          [...pair, "key"],
        ];
    }
    yield [...tls, "clients", "ca"];
    yield [...tls, "acme", "ca"];
    yield [...tls, "acme", "eab", "key"];
  }
  const keys = valueAt(value, ["identity", "token", "keys"]);
  if (Array.isArray(keys)) for (const at of keys.keys()) yield ["identity", "token", "keys", at];
}

/** The PEM files that fig.yaml names, absolute. */
export function tlsPaths(fig: ConfigDocument, folder: string): readonly string[] {
  const paths = new Set<string>();
  for (const place of places(fig)) {
    const text = textAt(fig.value, place);
    if (text !== undefined && text !== "" && !text.includes("\0") && !isPem(text) && !isMacKey(text))
      paths.add(resolve(folder, text));
  }
  return [...paths];
}

export async function readTlsFiles(paths: readonly string[]): Promise<TlsFiles> {
  const files = new Map<string, TlsFile>();
  for (const path of paths) files.set(path, await read(path));
  return files;
}

async function read(path: string): Promise<TlsFile> {
  const failed = (error: string) => ({ text: undefined, error, open: false });
  try {
    const found = await stat(path);
    if (!found.isFile()) return failed("EISDIR");
    if (found.size > MAX_BYTES) return failed("large");
    return { text: await readFile(path, "utf8"), error: undefined, open: (found.mode & 0o004) !== 0 };
  } catch (error) {
    return failed(error instanceof Error && "code" in error ? String(error.code) : String(error));
  }
}
