import { hash } from "node:crypto";
import { ErrorReply } from "@redis/client";
import { FigError } from "../domain/errors.ts";
import { type RedisAddress, readRedisUrl } from "../domain/state-url.ts";
import type { FleetDecision, FleetLimits, FleetMeter } from "./contract.ts";
import { fleetDecision } from "./fleet-decision.ts";
import { type Client, CONNECT_MS, createConnection } from "./redis-connection.ts";
import { awayOf, refusalOf } from "./redis-errors.ts";
import { redisKeys } from "./redis-keys.ts";
import { BEAT, TAKE } from "./redis-limit-scripts.ts";
import type { RedisScript } from "./redis-scripts.ts";

/** Until a request is decided without Redis. */
const ANSWER_MS = 100;
/** How often a front door says that it counts, and looks whether Redis answers. */
const BEAT_MS = 1000;
/** A front door that is not heard of for so long has no share any more. */
const STALE_MS = 10_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;
/** Requests that Redis is asked about at once. Those beyond are decided without it. */
const MAX_WAITING = 10_000;
/** Of SHA-256, in base64url: 132 bits. */
const DIGEST_CHARACTERS = 22;
const NOT_YET = "not connected yet";
/** What Redis is tried with: it has to count like any other. */
const PROBE: FleetMeter = { kind: "quota", id: "probe", amount: Number.MAX_SAFE_INTEGER, period: "day" };

interface Tools {
  readonly hex: (bytes: number) => string;
  readonly micros: () => number;
  /** In place of ANSWER_MS. */
  readonly answerMs?: number | undefined;
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
 * with Redis, it is away at once for all that wait, and tried anew until it counts again.
 */
class RedisLimits implements FleetLimits {
  away: string | undefined = NOT_YET;
  doors = 1;
  private readonly address: RedisAddress;
  private readonly keys: ReturnType<typeof redisKeys>;
  private readonly tools: Tools;
  private readonly door: string;
  private readonly answerMs: number;
  private readonly waiting = new Set<Waiting>();
  /** When so many were last heard of, in micros. */
  private doorsAt = 0;
  private client: Client | undefined;
  private connecting: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private late: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;
  private first: Promise<void> | undefined;
  private closed = false;

  constructor(address: RedisAddress, tools: Tools) {
    this.address = address;
    this.keys = redisKeys(address.prefix);
    this.tools = tools;
    this.door = tools.hex(8);
    this.answerMs = tools.answerMs ?? ANSWER_MS;
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
    return new Promise((settle) => {
      const one = { since: this.tools.micros(), settle };
      this.waiting.add(one);
      this.late ??= setTimeout(() => this.look(), this.answerMs);
      this.ask(client, meters, keys, peek).then(
        (decision) => {
          if (this.waiting.delete(one)) settle(decision);
        },
        (error: unknown) => this.lost(client, error),
      );
    });
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

  private async ask(
    client: Client,
    meters: readonly FleetMeter[],
    keys: readonly string[],
    peek: boolean,
  ): Promise<FleetDecision> {
    const names = meters.map(({ id }, at) => this.keys.limit(digest(`${id}\0${keys[at]}`)));
    const reply = await run(client, TAKE, names, [peek ? "0" : "1", ...meters.flatMap(argsOf)]);
    const decision = fleetDecision(reply, meters, peek);
    if (decision === undefined) throw new Error("an answer that makes no sense");
    return decision;
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
      await this.beat(made);
      if (this.closed) throw new Error("closed");
      this.client = made;
      this.away = undefined;
      this.retryMs = FIRST_RETRY_MS;
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
    const [doors] = await Promise.all([
      run(client, BEAT, [this.keys.limitDoors], [this.door, String(STALE_MS)]),
      this.ask(client, [PROBE], [this.door], false),
    ]);
    if (!Number.isSafeInteger(doors) || Number(doors) < 1) throw new Error("an answer that makes no sense");
    this.known(Number(doors));
  }

  /** Fewer front doors count only when they are so for a while: after Redis was empty they come back one by one. */
  private known(doors: number): void {
    const now = this.tools.micros();
    if (doors >= this.doors) this.doorsAt = now;
    if (doors < this.doors && now - this.doorsAt < STALE_MS * 1000) return;
    this.doors = doors;
    this.doorsAt = now;
  }

  private beatSoon(client: Client): void {
    this.timer = setTimeout(() => {
      const late = setTimeout(() => this.lost(client, new Error("no answer")), CONNECT_MS);
      this.beat(client)
        .then(
          () => {
            if (this.client === client) this.beatSoon(client);
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

async function run(
  client: Client,
  script: RedisScript,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await client.sendCommand(["EVALSHA", script.sha, ...rest]);
  } catch (error) {
    if (!(error instanceof ErrorReply) || !error.message.startsWith("NOSCRIPT")) throw error;
    return await client.sendCommand(["EVAL", script.text, ...rest]);
  }
}

/** What identifies a client stays in the front door, and names have one length. */
function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, DIGEST_CHARACTERS);
}

function argsOf(meter: FleetMeter): string[] {
  return meter.kind === "rate"
    ? ["rate", String(meter.pace.cost), String(meter.pace.perMicro), String(meter.pace.room)]
    : [meter.period, String(meter.amount), "0", "0"];
}
