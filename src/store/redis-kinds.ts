import type { StoreKind } from "./contract.ts";

/** The client is a quarter of what a command loads: it is loaded once a state is in Redis. */
const store = () => import("./redis.ts");
const transfer = () => import("./redis-transfer.ts");

const redis: Pick<StoreKind, "open" | "transfer"> = {
  open: async (...how) => (await store()).openRedis(...how),
  transfer: {
    from: async (...what) => (await transfer()).redisTransfer.from(...what),
    to: async (...where) => (await transfer()).redisTransfer.to(...where),
  },
};

/** `redis://host:port/database`: one Redis (7) or Valkey for a fleet of front doors. */
export const redisStore: StoreKind = { name: "redis", scheme: "redis:", ...redis };

/** The same over TLS. */
export const redissStore: StoreKind = { name: "rediss", scheme: "rediss:", ...redis };
