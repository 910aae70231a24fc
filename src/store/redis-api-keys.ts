import { MAX_API_KEYS } from "../domain/api-key.ts";
import { FigError } from "../domain/errors.ts";
import {
  API_KEYS_AT_ONCE,
  type ApiKeysWritten,
  type OpenOptions,
  type Store,
  type StoredApiKey,
} from "./contract.ts";
import { refuseMany } from "./record-size.ts";
import { PUT_API_KEYS, READ_API_KEYS } from "./redis-api-key-scripts.ts";
import { known, Unanswered } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { storedApiKey } from "./stored-api-key.ts";

/** In place of a removed key's hash, and of its record. */
const NONE = "-";

/** `revision token hash JSON`. */
export function apiKeyIn(id: string, stored: string): StoredApiKey & { readonly token: string } {
  const [revision = "", token = "", hash = ""] = stored.split(" ", 3);
  const text = stored.slice(revision.length + token.length + hash.length + 3);
  return { token, ...storedApiKey({ id, revision: Number(revision), text: hash === NONE ? null : text }) };
}

/** The commands that write a key as it is. */
export function apiKeyCommands(
  keys: RedisKeys,
  { id, revision, token, key }: StoredApiKey & { readonly token: string },
): readonly (readonly string[])[] {
  const hash = key?.hash ?? NONE;
  const text = key === null ? NONE : JSON.stringify(key);
  return [
    ["HSET", keys.apiKeys, id, `${revision} ${token} ${hash} ${text}`],
    ["ZADD", keys.apiKeyChanges, String(revision), id],
    ...(key === null ? [] : [["HSET", keys.apiKeyHashes, hash, id]]),
  ];
}

/** API keys: one hash, their ids by revision, and their ids by hash. */
export function redisApiKeys(
  link: RedisLink,
  keys: RedisKeys,
  { hex }: Pick<OpenOptions, "hex">,
): Pick<Store, "putApiKeys" | "readApiKeys" | "findApiKeys"> {
  const { id: stateId, apiKeys, apiKeyChanges, apiKeyHashes } = keys;

  function lost(): FigError {
    return new FigError("store_unavailable", "this Redis holds another state now, or none");
  }

  return {
    async putApiKeys(writes) {
      refuseMany(writes);
      const rows = writes.flatMap(({ id, revision, key }) => [
        ...[id, String(revision), key?.hash ?? NONE],
        key === null ? NONE : JSON.stringify(key),
      ]);
      const args = [link.stateId, String(MAX_API_KEYS), hex(8), ...rows];
      try {
        const names = [stateId, apiKeys, apiKeyChanges, apiKeyHashes];
        const [said, about = ""] = (await link.run(PUT_API_KEYS, names, args)) as readonly string[];
        if (said === "lost") throw lost();
        if (said === "ok") return { ok: true, revision: Number(about) };
        return { ok: false, id: about, why: said as Exclude<ApiKeysWritten, { ok: true }>["why"] };
      } catch (error) {
        throw error instanceof Unanswered ? error.known : error;
      }
    },
    async readApiKeys(after) {
      const args = [link.stateId, String(after), String(API_KEYS_AT_ONCE)];
      const answer = await known(link.run(READ_API_KEYS, [stateId, apiKeys, apiKeyChanges], args));
      const [said, revision, token = "", ...rest] = answer as readonly string[];
      if (said === "lost") throw lost();
      const found: StoredApiKey[] = [];
      for (let i = 0; i < rest.length; i += 2) {
        const { id, revision: of, key } = apiKeyIn(rest[i] as string, rest[i + 1] as string);
        found.push({ id, revision: of, key });
      }
      return { revision: Number(revision), token, keys: found };
    },
    async findApiKeys(ids) {
      const texts = await Promise.all(ids.map((id) => known(link.send(["HGET", apiKeys, id]))));
      return ids.flatMap((id, index) => {
        const text = texts[index];
        if (typeof text !== "string") return [];
        const { revision, key } = apiKeyIn(id, text);
        return [{ id, revision, key }];
      });
    },
  };
}
