import type { Store } from "./contract.ts";
import { refuseLargeFiles } from "./record-size.ts";
import { known } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";

type KeptFiles = Pick<Store, "putFiles" | "readFiles" | "filesSizes" | "dropFiles">;

/** Sets of files: each a key, and a hash of which there are. */
export function redisKeptFiles(link: RedisLink, keys: RedisKeys): KeptFiles {
  const send = (...command: readonly string[]) => known(link.send(command));
  return {
    async putFiles(files) {
      refuseLargeFiles(files);
      const { id, at, text } = files;
      // The set before its name: whoever finds the name finds the set.
      await send("SET", keys.files(id), text);
      await send("HSET", keys.filesAt, id, `${at} ${text.length}`);
    },
    async readFiles(id) {
      const [text, named] = await Promise.all([send("GET", keys.files(id)), send("HGET", keys.filesAt, id)]);
      if (typeof text !== "string" || typeof named !== "string") return undefined;
      return { id, at: Number(named.split(" ")[0]), text };
    },
    async filesSizes() {
      const named = (await send("HGETALL", keys.filesAt)) as ReadonlyMap<string, string>;
      return [...named]
        .map(([id, said]) => {
          const [at, bytes] = said.split(" ");
          return { id, at: Number(at), bytes: Number(bytes) };
        })
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async dropFiles(ids) {
      if (ids.length === 0) return;
      await send("HDEL", keys.filesAt, ...ids);
      await send("UNLINK", ...ids.map(keys.files));
    },
  };
}
