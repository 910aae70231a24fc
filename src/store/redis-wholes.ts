import type { Store, StoredWhole, StoredWholeHead, StoredWholeSize } from "./contract.ts";
import { known } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";

type Wholes = Pick<Store, "putWholes" | "dropWholes" | "wholeSizes" | "listWholes" | "readWhole">;

const HEAD = ["revision", "epoch", "head"] as const;

/** A member of the list: a route's id may hold spaces, so it comes last. */
function memberOf({ id, bytes, at, until, route }: StoredWholeSize): string {
  return `${id} ${bytes} ${at} ${until} ${route}`;
}

function sizeIn(member: string): StoredWholeSize {
  const [id = "", bytes, at, until, ...route] = member.split(" ");
  return { id, bytes: Number(bytes), at: Number(at), until: Number(until), route: route.join(" ") };
}

const byTime = (a: StoredWholeSize, b: StoredWholeSize) => a.at - b.at || (a.id < b.id ? -1 : 1);

/** Whole answers: each a key that the server lets expire, and a list of which there are. */
export function redisWholes(link: RedisLink, keys: RedisKeys, now: () => number): Wholes {
  const send = (...command: readonly string[]) => known(link.send(command));

  async function sizes(): Promise<readonly StoredWholeSize[]> {
    await send("ZREMRANGEBYSCORE", keys.wholes, "-inf", String(now()));
    const members = (await send("ZRANGE", keys.wholes, "0", "-1")) as readonly string[];
    return members.map(sizeIn).sort(byTime);
  }

  async function headOf(size: StoredWholeSize): Promise<StoredWholeHead | undefined> {
    const [revision, epoch, head] = (await send("HMGET", keys.whole(size.id), ...HEAD)) as readonly (
      | string
      | null
    )[];
    if (typeof head !== "string") return undefined;
    return { ...size, revision: Number(revision), epoch: Number(epoch), head };
  }

  return {
    async putWholes(wholes) {
      const due = wholes.filter(({ until }) => until > now());
      await Promise.all(
        due.map(async (whole) => {
          const { revision, epoch, head, text } = whole;
          const key = keys.whole(whole.id);
          const cells = { revision: String(revision), epoch: String(epoch), head, text };
          // In this order on one connection: none is left that would never expire but for what is cut off in between, and that is made anew.
          await Promise.all([
            send("HSET", key, ...Object.entries(cells).flat()),
            send("PEXPIRE", key, String(whole.until - now())),
            send("ZADD", keys.wholes, String(whole.until), memberOf(whole)),
          ]);
        }),
      );
    },
    async dropWholes(ids) {
      const dropped = new Set(ids);
      const members = (await sizes()).filter(({ id }) => dropped.has(id)).map(memberOf);
      if (members.length > 0) await send("ZREM", keys.wholes, ...members);
      if (ids.length > 0) await send("UNLINK", ...ids.map(keys.whole));
    },
    wholeSizes: sizes,
    async listWholes(route) {
      const own = (await sizes()).filter((size) => size.route === route);
      const heads = await Promise.all(own.map(headOf));
      return heads.filter((head) => head !== undefined);
    },
    async readWhole(id): Promise<StoredWhole | undefined> {
      const size = (await sizes()).find((each) => each.id === id);
      const head = size && (await headOf(size));
      const text = await send("HGET", keys.whole(id), "text");
      return head === undefined || typeof text !== "string" ? undefined : { ...head, text };
    },
  };
}
