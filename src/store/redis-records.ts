import { FigError } from "../domain/errors.ts";
import type { Store, StoredRecord } from "./contract.ts";
import { refuseLarge } from "./record-size.ts";
import { known, Unanswered } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { SWAP_RECORD } from "./redis-scripts.ts";

/** `version text`. */
export function recordIn(stored: string): StoredRecord {
  const space = stored.indexOf(" ");
  return { version: Number(stored.slice(0, space)), text: stored.slice(space + 1) };
}

/** Records, all in one hash. */
export function redisRecords(link: RedisLink, keys: RedisKeys): Pick<Store, "readRecords" | "swapRecord"> {
  return {
    async readRecords(names) {
      const found = new Map<string, StoredRecord>();
      const texts = await Promise.all(names.map((name) => known(link.send(["HGET", keys.records, name]))));
      for (const [index, name] of names.entries()) {
        const text = texts[index];
        if (typeof text === "string") found.set(name, recordIn(text));
      }
      return found;
    },
    async swapRecord(name, version, text) {
      refuseLarge(text);
      const args = [link.stateId, name, String(version), text];
      try {
        const done = await link.run(SWAP_RECORD, [keys.id, keys.records], args);
        if (done !== -1) return done === 1;
      } catch (error) {
        throw error instanceof Unanswered ? error.known : error;
      }
      throw new FigError("store_unavailable", "this Redis holds another state now, or none");
    },
  };
}
