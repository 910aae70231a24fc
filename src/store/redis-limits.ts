import { ErrorReply } from "@redis/client";
import { FigError } from "../domain/errors.ts";
import { type RedisAddress, readRedisUrl } from "../domain/state-url.ts";
import type { FleetDecision, FleetLimits, FleetMeter } from "./contract.ts";
import { LimitDebts } from "./limit-debts.ts";
import { LimitLeases } from "./limit-leases.ts";
import { type Client, CONNECT_MS, createConnection } from "./redis-connection.ts";
import { awayOf, refusalOf } from "./redis-errors.ts";
import { redisKeys } from "./redis-keys.ts";
import { LEASE_MS, type LeaseChange, LimitCommands, TOLD_AT_ONCE } from "./redis-limit-commands.ts";

/** Until a request is decided without Redis. */
const ANSWER_MS = 100;
/** How often a front door says that it counts, and looks whether Redis answers. */
const BEAT_MS = 1000;
/** A front door that is not heard of for so long has no share any more. */
const STALE_MS = 10_000;
/** Requests under way that are said again with one beat. */
const RENEWED_AT_ONCE = 1000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;
/** Requests that Redis is asked about at once. Those beyond are decided without it. */
const MAX_WAITING = 10_000;
const NOT_YET = "not connected yet";
/** What Redis is tried with: it has to count like any other. */
const PROBE: FleetMeter = { kind: "quota", id: "probe", amount: Number.MAX_SAFE_INTEGER, period: "day" };

interface Tools {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly hex: (bytes: number) => string;
  readonly micros: () => number;
  /** In place of ANSWER_MS. */
  readonly answerMs?: number | undefined;
  /** In place of STALE_MS. */
  readonly staleMs?: number | undefined;
}

interface Waiting {
  readonly since: number;
  readonly settle: (decision: FleetDecision | undefined) => void;
}

export function openRedisLimits(url: string, tools: Tools): FleetLimits {
  const address = readRedisUrl(url);
  if ("wrong" in address) throw new FigError("store_invalid", address.wrong, { remedy: address.remedy });
  return new RedisLimits(address, tools);
}

/**
 * Limits of a fleet in Redis, over a connection of their own: what the state writes there does not hold requests up. Whatever is wrong
 * with Redis, it is away at once for all that wait, and tried anew until it counts again. With each connection this front door has
 * another name there: what was under way by the one before is over, and said anew.
 */
class RedisLimits implements FleetLimits {
  away: string | undefined = NOT_YET;
  doors = 1;
  private readonly address: RedisAddress;
  private readonly keys: ReturnType<typeof redisKeys>;
  private readonly commands: LimitCommands;
  private readonly tools: Tools;
  private readonly answerMs: number;
  private readonly staleMs: number;
  private readonly waiting = new Set<Waiting>();
  private readonly leases: LimitLeases;
  private readonly debts: LimitDebts;
  private readonly probe: string;
  private door: string;
  /** Redis knows it by this name. */
  private known = false;
  /** By what name it was known before, "": by none. */
  private before = "";
  /** When so many were last heard of, in micros. */
  private doorsAt = 0;
  private client: Client | undefined;
  private connecting: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private late: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;
  private first: Promise<void> | undefined;
  private telling = false;
  private closed = false;

  constructor(address: RedisAddress, tools: Tools) {
    this.address = address;
    this.keys = redisKeys(address.prefix);
    this.commands = new LimitCommands(this.keys);
    this.tools = tools;
    this.probe = tools.hex(8);
    this.door = tools.hex(8);
    this.answerMs = tools.answerMs ?? ANSWER_MS;
    this.staleMs = tools.staleMs ?? STALE_MS;
    this.leases = new LimitLeases(tools.micros);
    this.debts = new LimitDebts(tools);
  }

  get told(): FleetLimits["told"] {
    return this.debts.counts;
  }

  start(): Promise<void> {
    this.first ??= this.connect();
    return this.first;
  }

  take(
    meters: readonly FleetMeter[],
    keys: readonly string[],
    peek: boolean,
  ): Promise<FleetDecision | undefined> {
    const { client } = this;
    if (client === undefined || this.waiting.size >= MAX_WAITING) return Promise.resolve(undefined);
    // Whoever has an answer and asks again is not refused for the request before.
    this.flush();
    const names = this.commands.names(meters, keys);
    return new Promise((settle) => {
      const one = { since: this.tools.micros(), settle };
      this.waiting.add(one);
      this.late ??= setTimeout(() => this.look(), this.answerMs);
      this.commands.take(client, this.door, meters, names, peek).then(
        (decision) => {
          if (!this.waiting.delete(one)) return;
          if (decision.passes && !peek) this.began(meters, names, true);
          settle(decision);
        },
        (error: unknown) => this.lost(client, error),
      );
    });
  }

  passed(meters: readonly FleetMeter[], keys: readonly string[]): void {
    const names = this.commands.names(meters, keys);
    this.began(meters, names, false);
    for (const [at, meter] of meters.entries())
      if (meter.kind !== "concurrent") this.debts.add(names[at] as string, meter, Math.max(1, this.doors));
  }

  done(meters: readonly FleetMeter[], keys: readonly string[]): void {
    for (const [at, meter] of meters.entries())
      if (meter.kind === "concurrent") this.leases.end(this.commands.name(meter, keys[at] as string));
    this.flushSoon();
  }

  /** Says what began and ended. */
  private flush(): void {
    this.telling = false;
    const { client } = this;
    if (client !== undefined) this.lease(client, this.leases.take());
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.late);
    const { client } = this;
    this.client = undefined;
    this.connecting?.destroy();
    this.release();
    if (client === undefined) return;
    const late = setTimeout(() => client.destroy(), ANSWER_MS);
    // Without it, this front door would have a share for a while.
    await client.sendCommand(["ZREM", this.keys.limitDoors, this.door]).catch(() => undefined);
    clearTimeout(late);
    client.destroy();
  }

  private began(meters: readonly FleetMeter[], names: readonly string[], counted: boolean): void {
    for (const [at, { kind }] of meters.entries())
      if (kind === "concurrent") this.leases.begin(names[at] as string, counted);
    if (!counted) this.flushSoon();
  }

  private flushSoon(): void {
    if (this.telling || this.client === undefined || !this.leases.changed) return;
    this.telling = true;
    setImmediate(() => this.flush());
  }

  /** Sent at once, before whatever is asked next. */
  private lease(client: Client, changes: readonly LeaseChange[]): void {
    for (let at = 0; at < changes.length; at += TOLD_AT_ONCE)
      this.commands
        .lease(client, this.door, changes.slice(at, at + TOLD_AT_ONCE))
        .catch((error: unknown) => this.lost(client, error));
  }

  /** What passed and what is under way is there before anything is asked. */
  private async settle(client: Client): Promise<void> {
    const { commands, debts, door } = this;
    const leases = this.leases.all();
    await commands.load(client, door);
    for (let at = 0; at < leases.length; at += TOLD_AT_ONCE)
      await commands.lease(client, door, leases.slice(at, at + TOLD_AT_ONCE));
    for (let left = debts.size; left > 0; left -= TOLD_AT_ONCE)
      await commands.tell(client, debts, this.probe);
  }

  /** What is read by now has been heard; an answer that is late only because this process stood still is among it. */
  private look(): void {
    setImmediate(() => {
      const [oldest] = this.waiting;
      this.late = undefined;
      if (oldest === undefined || this.closed) return;
      const leftMs = this.answerMs - (this.tools.micros() - oldest.since) / 1000;
      if (leftMs > 0) this.late = setTimeout(() => this.look(), Math.ceil(leftMs));
      else this.lost(this.client, new Error(`no answer in ${this.answerMs} ms`));
    });
  }

  private async connect(): Promise<void> {
    let client: Client | undefined;
    let late: NodeJS.Timeout | undefined;
    try {
      client = createConnection(this.address);
      const made = client;
      this.connecting = made;
      made.on("error", (error: unknown) => this.lost(made, error));
      late = setTimeout(() => made.destroy(), CONNECT_MS);
      await made.connect();
      if (this.known) {
        this.before = this.door;
        this.door = this.tools.hex(8);
        this.known = false;
      }
      await this.beat(made);
      await this.settle(made);
      if (this.closed) throw new Error("closed");
      this.client = made;
      this.away = undefined;
      this.retryMs = FIRST_RETRY_MS;
      this.sayOn(made);
      this.beatSoon(made);
    } catch (error) {
      client?.destroy();
      this.failed(error);
    } finally {
      this.connecting = undefined;
      clearTimeout(late);
    }
  }

  private async beat(client: Client): Promise<void> {
    const { commands, door } = this;
    const [{ doors, isNew }] = await Promise.all([
      commands.beat(client, door, this.staleMs, this.before),
      commands.take(client, door, [PROBE], commands.names([PROBE], [this.probe]), false),
    ]);
    // It was silent for too long, or Redis was emptied: what is under way here counts there no more.
    if (this.known && isNew) throw new Error("it forgot this front door");
    this.known = true;
    this.before = "";
    this.heardOf(doors);
  }

  /** What came up meanwhile goes in its order before what is asked next. */
  private sayOn(client: Client): void {
    this.flush();
    const aged = this.leases.aged(LEASE_MS * 500, RENEWED_AT_ONCE);
    this.lease(
      client,
      aged.map((name) => [name, 0] as const),
    );
    this.commands.tell(client, this.debts, this.probe).catch((error: unknown) => this.lost(client, error));
  }

  /** Fewer front doors count only when they are so for a while: after Redis was empty they come back one by one. */
  private heardOf(doors: number): void {
    const now = this.tools.micros();
    if (doors >= this.doors) this.doorsAt = now;
    if (doors < this.doors && now - this.doorsAt < this.staleMs * 1000) return;
    this.doors = doors;
    this.doorsAt = now;
  }

  private beatSoon(client: Client): void {
    this.timer = setTimeout(() => {
      const late = setTimeout(() => this.lost(client, new Error("no answer")), CONNECT_MS);
      this.beat(client)
        .then(
          () => {
            if (this.client !== client) return;
            this.sayOn(client);
            this.beatSoon(client);
          },
          (error: unknown) => this.lost(client, error),
        )
        .finally(() => clearTimeout(late));
    }, BEAT_MS);
  }

  private lost(client: Client | undefined, error: unknown): void {
    if (this.closed || client === undefined || this.client !== client) return;
    this.client = undefined;
    client.destroy();
    this.failed(error);
  }

  private failed(error: unknown): void {
    if (this.closed) return;
    const { address } = this;
    this.away = (error instanceof ErrorReply ? refusalOf(error, address) : awayOf(error, address)).message;
    clearTimeout(this.timer);
    this.leases.unfollow();
    this.release();
    // Half of the pause is chance, so that a fleet does not come back all at once.
    const chance = Number.parseInt(this.tools.hex(2), 16) / 0xffff;
    this.timer = setTimeout(() => void this.connect(), this.retryMs * (0.5 + chance / 2));
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }

  /** Who waits is told that no answer comes. */
  private release(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const { settle } of waiting) settle(undefined);
  }
}
