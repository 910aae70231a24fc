import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { LedgerEntry } from "../../../src/domain/ledger.ts";
import { askAdmin, runFig } from "../fig-process.ts";
import { KeepAliveClient } from "../keep-alive-client.ts";
import { until } from "../until.ts";
import { EitherSide, SideLoad } from "./side-load.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./split-door.ts";

/** The fast lane and the one of node:http. */
const LANES = ["auto", "node"] as const;

export const heldFile = (door: SplitDoor) => join(dirname(door.config), ".fig/rollback.json");
export const ledgerOf = ({ adminUrl }: SplitDoor) =>
  askAdmin<readonly LedgerEntry[]>(adminUrl, "GET", "/ledger?order=newest&limit=9");
export const toModern = ({ adminUrl }: SplitDoor) =>
  askAdmin(adminUrl, "POST", "/routes/shop/shift", { modern: 100, reason: "all" });
export const problemsOf = async ({ adminUrl }: SplitDoor) =>
  (await askAdmin<{ problems: readonly string[] }>(adminUrl, "GET", "/status")).problems.join("\n");

/** Who answers there, of a request that must be answered whole. */
export async function sideOf(door: SplitDoor): Promise<string> {
  const client = new KeepAliveClient(door.url);
  try {
    const { status, body } = await client.ask("GET", "/a", { "x-user-id": "ada" });
    expect(status).toBe(200);
    return body;
  } finally {
    client.close();
  }
}

export function isOn(door: SplitDoor, side: string, deadlineMs?: number): Promise<string> {
  return until(
    () => sideOf(door),
    (body) => body === side,
    deadlineMs,
  );
}

export function rollBackHere(door: SplitDoor, ...more: readonly string[]) {
  const why = ["--reason", "the store is gone", "--by", "ada"];
  return runFig(["rollback", "shop", "--local", ...why, "-c", door.config, ...more]);
}

/** The command ends with 0, and within a second the door serves by it. */
export async function goBackHere(door: SplitDoor, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rollBackHere(door, ...more);
  expect([code, stderr]).toEqual([0, ""]);
  await isOn(door, "legacy", 1_000);
  return stdout;
}

/** Its own file is gone: what it held is in the ledger. Where another front door wrote it, this one can read it. */
export async function isSettled(door: SplitDoor): Promise<void> {
  await until(
    () => (existsSync(heldFile(door)) ? door.process.output().slice(-2000) : "settled"),
    (said) => said === "settled",
    90_000,
  );
  await until(
    () => problemsOf(door),
    (said) => !said.includes("state store"),
    90_000,
  );
}

/** Two front doors on one store, one of each lane, everybody on modern, and clients that never stop asking. */
export class Emergency {
  readonly doors: readonly SplitDoor[];
  private readonly sides: readonly SideUpstream[];
  private readonly loads: readonly SideLoad[];

  private constructor(doors: readonly SplitDoor[], sides: readonly SideUpstream[]) {
    this.doors = doors;
    this.sides = sides;
    this.loads = doors.map(
      ({ url }) =>
        new SideLoad({
          ...{ url, path: "/a", cohort: "shop", connections: 4, pauseMs: 20 },
          timeline: new EitherSide(),
        }),
    );
  }

  static async begin(state: string): Promise<Emergency> {
    const sides = [await startSide("legacy"), await startSide("modern")] as const;
    const doors: SplitDoor[] = [];
    for (const lane of LANES)
      doors.push(await startSplitDoor(sides[0], sides[1], `state: ${state}\nlane: ${lane}\n`));
    await toModern(doors[0] as SplitDoor);
    for (const door of doors) await isOn(door, "modern");
    return new Emergency(doors, sides);
  }

  /** The way back on each door, under load, from when the store dies until the ledger has it. */
  async goBack(store: { die(): Promise<void> | void; back(): Promise<void> | void }): Promise<void> {
    const [one] = this.doors as [SplitDoor];
    await this.moreOf(50);
    await store.die();
    for (const door of this.doors) {
      await goBackHere(door);
      expect(existsSync(heldFile(door))).toBe(true);
    }
    await this.moreOf(50);
    await store.back();
    for (const door of this.doors) await isSettled(door);
    const [newest, before, ...older] = await ledgerOf(one);
    expect(newest).toMatchObject({
      ...{
        kind: "rollback",
        by: "ada",
        changes: [{ route: "shop", from: { modern: 100 }, to: { modern: 0 } }],
      },
      evidence: { local: { over: [{ route: "shop", modern: 100, revision: before?.revision }] } },
    });
    expect(newest?.reason).toMatch(
      /^the store is gone \(held on one front door as [0-9a-f]{16}, over revision /,
    );
    // Once, though two doors held it.
    expect([before?.kind, older]).toEqual(["shift", []]);
    for (const door of this.doors) expect(await sideOf(door)).toBe("legacy");
    await this.moreOf(50);
  }

  /** Ends the load, which must have had every answer. */
  async end(): Promise<void> {
    for (const load of this.loads) await load.stop();
    for (const load of this.loads) {
      expect(load.failures).toEqual([]);
      expect([load.failed, load.answers.modern > 0, load.answers.legacy > 0]).toEqual([0, true, true]);
    }
  }

  async close(): Promise<void> {
    for (const load of this.loads) await load.stop();
    for (const door of this.doors) await door.close();
    for (const side of this.sides) side.close();
  }

  /** Clients go on getting answers. */
  private async moreOf(count: number): Promise<void> {
    for (const load of this.loads) {
      const due = load.requests + count;
      await until(
        () => load.requests,
        (now) => now >= due,
      );
    }
  }
}
