import { afterAll, beforeAll } from "vitest";
import { openStore } from "../../../src/store/index.ts";
import { storeConformance } from "../../conformance/store.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";
import { hex } from "../folder.ts";

withRedis("the redis store's conformance", () => {
  let server: RedisServer;
  let states = 0;
  beforeAll(async () => {
    server = await RedisServer.start({ durable: true });
  });
  afterAll(() => server.remove());

  storeConformance("redis", {
    shared: true,
    async make() {
      const url = `${server.url}?prefix=state${states++}:`;
      return { open: ({ now }) => openStore(url, { now, hex }), remove: async () => undefined };
    },
  });
});
