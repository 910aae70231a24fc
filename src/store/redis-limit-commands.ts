import { hash } from "node:crypto";
import { ErrorReply } from "@redis/client";
import type { FleetDecision, FleetMeter } from "./contract.ts";
import { fleetDecision } from "./fleet-decision.ts";
import type { Debt, LimitDebts } from "./limit-debts.ts";
import type { Client } from "./redis-connection.ts";
import type { redisKeys } from "./redis-keys.ts";
import { BEAT, LEASE, TAKE, TELL } from "./redis-limit-scripts.ts";
import type { RedisScript } from "./redis-scripts.ts";

/** A request under way is said again after half of it; what nobody says again goes, if all front doors of a key died. */
export const LEASE_MS = 3_600_000;
/** Keys that one script is told of: it holds Redis up for about a millisecond. */
export const TOLD_AT_ONCE = 500;
/** For so long Redis knows that it was told something. */
const TOLD_MS = 86_400_000;
/** Of SHA-256, in base64url: 132 bits. */
const DIGEST_CHARACTERS = 22;

/** By how many more (or fewer) requests are under way. */
export type LeaseChange = readonly [name: string, more: number];

/** What a front door says to a Redis that counts limits. Methods reject where it cannot be told, or answers nonsense. */
export class LimitCommands {
  private readonly keys: ReturnType<typeof redisKeys>;

  constructor(keys: ReturnType<typeof redisKeys>) {
    this.keys = keys;
  }

  names(meters: readonly FleetMeter[], keys: readonly string[]): readonly string[] {
    return meters.map((meter, at) => this.name(meter, keys[at] as string));
  }

  name({ kind, id }: FleetMeter, key: string): string {
    const short = digest(`${id}\0${key}`);
    return kind === "concurrent" ? this.keys.limitLease(short) : this.keys.limit(short);
  }

  /** How many front doors count there, and whether this one was not among them. */
  async beat(
    client: Client,
    door: string,
    staleMs: number,
    before: string,
  ): Promise<{ readonly doors: number; readonly isNew: boolean }> {
    const said = await run(client, BEAT, [this.keys.limitDoors], [door, String(staleMs), before]);
    const [doors, isNew] = Array.isArray(said) ? (said as readonly unknown[]) : [];
    if (!Number.isSafeInteger(doors) || Number(doors) < 1) throw nonsense();
    return { doors: Number(doors), isNew: isNew === 1 };
  }

  async take(
    client: Client,
    door: string,
    meters: readonly FleetMeter[],
    names: readonly string[],
    peek: boolean,
  ): Promise<FleetDecision> {
    const doors = meters.some(({ kind }) => kind === "concurrent") ? [this.keys.limitDoors] : [];
    const args = meters.flatMap((meter) => argsOf(meter, door));
    const reply = await run(client, TAKE, [...names, ...doors], [peek ? "0" : "1", ...args]);
    const decision = fleetDecision(reply, meters, peek);
    if (decision === undefined) throw nonsense();
    return decision;
  }

  async lease(client: Client, door: string, changes: readonly LeaseChange[]): Promise<void> {
    const names = changes.map(([name]) => name);
    await run(client, LEASE, names, [door, String(LEASE_MS), ...changes.map(([, more]) => String(more))]);
  }

  /** Debts that it could not be told of are given back. `who`: this process, by a name that it keeps. */
  async tell(client: Client, debts: LimitDebts, who: string): Promise<void> {
    const batch = debts.take(TOLD_AT_ONCE);
    if (batch === undefined) return;
    const names = batch.debts.map(({ name }) => name);
    const told = this.keys.limitTold(`${who}-${batch.number}`);
    const args = batch.debts.flatMap((debt) => toldOf(debt, debts));
    try {
      await run(client, TELL, [...names, told], [...args, String(TOLD_MS)]);
      debts.told(batch);
    } catch (error) {
      debts.giveBack(batch);
      throw error;
    }
  }

  /** From then on Redis knows the scripts: what is said before something else is there before it. */
  async load(client: Client, door: string): Promise<void> {
    await Promise.all([this.lease(client, door, []), run(client, TELL, [], [])]);
  }
}

function nonsense(): Error {
  return new Error("an answer that makes no sense");
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

function toldOf(debt: Debt, debts: LimitDebts): string[] {
  if (debt.kind === "quota") return [debt.period, String(debt.requests), String(debt.start / 1000), "0"];
  const { perMicro, room } = debt.pace;
  return ["rate", String(debts.units(debt)), String(perMicro), String(room)];
}

function argsOf(meter: FleetMeter, door: string): string[] {
  switch (meter.kind) {
    case "rate":
      return ["rate", String(meter.pace.cost), String(meter.pace.perMicro), String(meter.pace.room)];
    case "quota":
      return [meter.period, String(meter.amount), "0", "0"];
    case "concurrent":
      return ["concurrent", String(meter.most), door, String(LEASE_MS)];
  }
}
