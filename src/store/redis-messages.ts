import { FigError } from "../domain/errors.ts";
import { type RedisAddress, readRedisUrl } from "../domain/state-url.ts";
import type { FleetMessages } from "./contract.ts";
import { type Client, CONNECT_MS, createConnection } from "./redis-connection.ts";
import { awayOf } from "./redis-errors.ts";
import { redisKeys } from "./redis-keys.ts";

/** A process that says nothing for so long does not live. */
const LIVES_MS = 10_000;
const BEAT_MS = 3_000;
/** Until Redis is taken to be away. */
const ANSWER_MS = 2_000;
/** After Redis was away others may not be back yet, although they live. */
const SETTLE_MS = 5_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

interface Tools {
  readonly hex: (bytes: number) => string;
  readonly micros: () => number;
  /** In place of SETTLE_MS. */
  readonly settleMs?: number;
}

interface Listened {
  readonly lives: boolean;
  readonly listener: (text: string) => void;
}

/** Two connections: one that hears, one that speaks. Both or none. */
interface Connected {
  readonly hears: Client;
  readonly speaks: Client;
  /** Micros. */
  readonly since: number;
}

export function openRedisMessages(url: string, tools: Tools): FleetMessages {
  const address = readRedisUrl(url);
  if ("wrong" in address) throw new FigError("store_invalid", address.wrong, { remedy: address.remedy });
  return new RedisMessages(address, tools);
}

/** Channels of Redis, over connections of their own. It begins with the first name that is listened to. */
class RedisMessages implements FleetMessages {
  away: string | undefined = "not connected yet";
  private readonly address: RedisAddress;
  private readonly keys: ReturnType<typeof redisKeys>;
  private readonly tools: Tools;
  private readonly names = new Map<string, Listened>();
  private connected: Connected | undefined;
  private connecting: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;
  /** The first connection of this process has nothing to settle. */
  private wasAway = false;
  private closed = false;

  constructor(address: RedisAddress, tools: Tools) {
    this.address = address;
    this.keys = redisKeys(address.prefix);
    this.tools = tools;
  }

  listen(name: string, lives: boolean, listener: (text: string) => void): void {
    this.names.set(name, { lives, listener });
    const { connected } = this;
    if (connected === undefined) this.connecting ??= this.connect();
    else this.subscribe(connected, name).catch((error: unknown) => this.lost(connected, error));
  }

  unlisten(name: string): void {
    this.names.delete(name);
    const { connected } = this;
    if (connected === undefined) return;
    const seat = this.keys.seat(name);
    connected.hears.unsubscribe(seat).catch((error: unknown) => this.lost(connected, error));
    this.ask(connected, ["DEL", seat]).catch((error: unknown) => this.lost(connected, error));
  }

  async tell(name: string, text: string): Promise<number | undefined> {
    await this.connecting;
    const { connected } = this;
    if (connected === undefined) return undefined;
    const seat = this.keys.seat(name);
    try {
      const heard = Number(await this.ask(connected, ["PUBLISH", seat, text]));
      if (heard > 0) return heard;
      // Who lives is only away for a moment.
      if (Number(await this.ask(connected, ["EXISTS", seat])) > 0) return undefined;
      const settled = (this.tools.micros() - connected.since) / 1000 > (this.tools.settleMs ?? SETTLE_MS);
      return this.wasAway && !settled ? undefined : 0;
    } catch (error) {
      this.lost(connected, error);
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.connecting;
    const { connected } = this;
    this.connected = undefined;
    if (connected === undefined) return;
    const seats = [...this.names.keys()].map((name) => this.keys.seat(name));
    if (seats.length > 0) await this.ask(connected, ["DEL", ...seats]).catch(() => undefined);
    connected.hears.destroy();
    connected.speaks.destroy();
  }

  private async connect(): Promise<void> {
    const made: Client[] = [];
    try {
      const opened = async () => {
        const client = createConnection(this.address);
        made.push(client);
        client.on("error", (error: unknown) => {
          const { connected } = this;
          if (connected?.hears === client || connected?.speaks === client) this.lost(connected, error);
        });
        const late = setTimeout(() => client.destroy(), CONNECT_MS);
        try {
          await client.connect();
        } finally {
          clearTimeout(late);
        }
        return client;
      };
      const [hears, speaks] = [await opened(), await opened()];
      const connected = { hears, speaks, since: this.tools.micros() };
      for (const name of this.names.keys()) await this.subscribe(connected, name);
      if (this.closed) throw new Error("closed");
      clearTimeout(this.timer);
      this.connected = connected;
      this.away = undefined;
      this.retryMs = FIRST_RETRY_MS;
      this.beatSoon(connected);
    } catch (error) {
      for (const client of made) client.destroy();
      this.failed(error);
    } finally {
      this.connecting = undefined;
    }
  }

  private async subscribe(connected: Connected, name: string): Promise<void> {
    const listened = this.names.get(name);
    if (listened === undefined) return;
    const seat = this.keys.seat(name);
    await within(connected.hears.subscribe(seat, (text) => listened.listener(text)));
    if (listened.lives) await this.ask(connected, ["SET", seat, "1", "PX", String(LIVES_MS)]);
  }

  private beatSoon(connected: Connected): void {
    this.timer = setTimeout(() => {
      this.beat(connected).then(
        () => {
          if (this.connected === connected) this.beatSoon(connected);
        },
        (error: unknown) => this.lost(connected, error),
      );
    }, BEAT_MS);
  }

  private async beat(connected: Connected): Promise<void> {
    await within(connected.hears.ping());
    for (const [name, { lives }] of this.names)
      if (lives) await this.ask(connected, ["SET", this.keys.seat(name), "1", "PX", String(LIVES_MS)]);
  }

  private ask(connected: Connected, command: readonly string[]): Promise<unknown> {
    return within(connected.speaks.sendCommand([...command]));
  }

  private lost(connected: Connected, error: unknown): void {
    if (this.closed || this.connected !== connected) return;
    this.connected = undefined;
    connected.hears.destroy();
    connected.speaks.destroy();
    this.failed(error);
  }

  private failed(error: unknown): void {
    if (this.closed) return;
    this.wasAway = true;
    this.away = awayOf(error, this.address).message;
    clearTimeout(this.timer);
    // Half of the pause is chance, so that a fleet does not come back all at once.
    const chance = Number.parseInt(this.tools.hex(2), 16) / 0xffff;
    this.timer = setTimeout(
      () => {
        if (this.connected === undefined) this.connecting ??= this.connect();
      },
      this.retryMs * (0.5 + chance / 2),
    );
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }
}

/** Redis answers soon, or is away. */
async function within<Value>(answer: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer")), ANSWER_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
