/** Which stored answers are to go: those that all given parts hold for. No part: all of them. */
export interface Purge {
  /** A route's id. */
  readonly route?: string | undefined;
  /** A path as clients ask for it, without a query; with `*` at its end, every path that begins so. */
  readonly path?: string | undefined;
  /** Of those that an answer named in Cache-Tag or Surrogate-Key. */
  readonly tag?: string | undefined;
  /** The authority asked for, lower-case. */
  readonly host?: string | undefined;
}

/** What of a stored answer a purge looks at. */
export interface Purgeable {
  readonly route: string;
  readonly path: string;
  readonly host: string;
  readonly tags: readonly string[] | undefined;
}

/** `%41` and `A` are one path to whoever purges; they are two to the cache. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Says of answers whether they go. */
export function purges({ route, path, tag, host }: Purge): (answer: Purgeable) => boolean {
  const from = path?.endsWith("*") === true ? decodedPath(path.slice(0, -1)) : undefined;
  const exact = from === undefined && path !== undefined ? decodedPath(path) : undefined;
  return (answer) => {
    if (route !== undefined && answer.route !== route) return false;
    // Where the host is not in the key, the answer is every host's.
    if (host !== undefined && answer.host !== "" && answer.host !== host) return false;
    if (tag !== undefined && answer.tags?.includes(tag) !== true) return false;
    if (exact !== undefined) return decodedPath(answer.path) === exact;
    return from === undefined || decodedPath(answer.path).startsWith(from);
  };
}
