import { FigError } from "../domain/errors.ts";
import { readRedisUrl } from "../domain/state-url.ts";
import type { OpenOptions, Store } from "./contract.ts";
import { redisApiKeys } from "./redis-api-keys.ts";
import { durabilityWarnings } from "./redis-durability.ts";
import { redisEvidence } from "./redis-evidence.ts";
import { redisKeptFiles } from "./redis-kept-files.ts";
import { redisKeys } from "./redis-keys.ts";
import { redisLedger } from "./redis-ledger.ts";
import { RedisLink } from "./redis-link.ts";
import { redisRecords } from "./redis-records.ts";
import { redisRollups } from "./redis-rollups.ts";
import { redisWholes } from "./redis-wholes.ts";
import { WatchHub } from "./watch-hub.ts";

export async function openRedis(url: string, options: OpenOptions): Promise<Store> {
  const address = readRedisUrl(url);
  if ("wrong" in address) throw new FigError("store_invalid", address.wrong, { remedy: address.remedy });
  const { now, hex, warn, create = true } = options;
  const keys = redisKeys(address.prefix);
  const listeners: ((text: string) => void)[] = [];
  let warned = "";
  const link: RedisLink = new RedisLink(address, keys, {
    hex,
    create,
    head: (revision) => hub.advance(revision),
    word: (text) => {
      for (const listener of listeners) listener(text);
    },
    health: (reachable) => hub.health(reachable),
    connected() {
      if (warn === undefined) return;
      durabilityWarnings((command) => link.send(command)).then(
        (warnings) => {
          if (warnings.join() === warned) return;
          warned = warnings.join();
          for (const warning of warnings) warn(warning);
        },
        () => undefined,
      );
    },
  });
  const ledger = redisLedger(link, keys, options);
  const evidence = redisEvidence(link, keys, options);
  const hub = new WatchHub(ledger.page);
  await link.open(options.away);
  return {
    get stateId() {
      return link.stateId;
    },
    ...ledger.store,
    ...evidence.store,
    ...redisRollups(link, keys, now),
    ...redisRecords(link, keys),
    ...redisApiKeys(link, keys, options),
    ...redisWholes(link, keys, now),
    word: {
      async say(text) {
        await link.send(["PUBLISH", keys.wordChannel(link.stateId), text]);
      },
      hear: (listener) => {
        listeners.push(listener);
      },
    },
    ...redisKeptFiles(link, keys),
    watch(afterRevision, listener, onHealth) {
      link.refuseClosed();
      return hub.watch(afterRevision, listener, onHealth);
    },
    async close() {
      evidence.close();
      hub.close();
      await link.close();
    },
  };
}
