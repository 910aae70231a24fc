/** How the hash of a retired definition begins, so that the state knows a retired route that has left the files. */
export const RETIRED_HASH = "retired-";

export function isRetiredHash(hash: string): boolean {
  return hash.startsWith(RETIRED_HASH);
}
