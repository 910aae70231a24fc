import { FigError } from "../domain/errors.ts";
import type { OpenOptions, Store, StoreKind } from "./contract.ts";
import { memoryStore } from "./memory.ts";
import { redisStore, redissStore } from "./redis-kinds.ts";
import { sqliteStore } from "./sqlite.ts";

/** Every kind of state store there is: one line each. */
export const STORE_KINDS: readonly StoreKind[] = [sqliteStore, redisStore, redissStore, memoryStore];

/**
 * Opens the state store that `url` names, e.g. `sqlite:.fig/state.db` or `memory:`; what is missing is created.
 * `now` gives ms since the epoch, `hex` random bytes. Fails with `store_invalid` or `store_unavailable`.
 */
export async function openStore(url: string, options: OpenOptions): Promise<Store> {
  return await kindOf(url).open(url, options);
}

/** The kind of store that `url` names. Fails with `store_invalid`. */
export function kindOf(url: string): StoreKind {
  const kind = STORE_KINDS.find(({ scheme }) => url.startsWith(scheme));
  if (kind === undefined) {
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
    const known = STORE_KINDS.map((each) => `\`${each.scheme}\``).join(", ");
    throw new FigError(
      "store_invalid",
      scheme === undefined ? "the state URL has no scheme" : `there is no state store for \`${scheme}\` URLs`,
      { remedy: `This fig knows ${known}, for example \`sqlite:.fig/state.db\`.` },
    );
  }
  return kind;
}
