/** Slots in which cases run: each has a monolith and, with no routes, a front door of each lane before it. */
import { createFrontDoor, type FrontDoor } from "../../../src/index.ts";
import { Stillness } from "../differential/client.ts";
import { afterTurns } from "../differential/turns.ts";
import type { Case } from "./cases.ts";
import { drive, type Received } from "./client.ts";
import { sentIn } from "./differences.ts";
import { methodOf } from "./message.ts";
import { type Arrived, Monolith, type Script } from "./server.ts";

export type Way = "direct" | "auto" | "node";

export interface Observation {
  readonly received: Received;
  readonly arrived: readonly Arrived[];
}

interface Path {
  readonly monolith: Monolith;
  readonly port: number;
  readonly door: FrontDoor | undefined;
}

/** Short, so that a run sees them; what they are is a setting, what they do is not. */
const TIMEOUTS = {
  headers: "1200ms",
  response: "1s",
  bodyIdle: "700ms",
  upgradeIdle: "1s",
  halfClosed: "1s",
};

async function openPath(way: Way): Promise<Path> {
  const monolith = new Monolith();
  const own = await monolith.listen();
  if (way === "direct") return { monolith, port: own, door: undefined };
  const door = createFrontDoor(
    {
      listen: "127.0.0.1:0",
      admin: "127.0.0.1:0",
      state: "memory:",
      lane: way,
      default: "monolith",
      upstreams: { monolith: `http://127.0.0.1:${own}` },
      timeouts: TIMEOUTS,
    },
    { quiet: true },
  );
  const { url } = await door.listen();
  return { monolith, port: Number(new URL(url).port), door };
}

export class World {
  readonly slots: number;
  private readonly paths: readonly Readonly<Record<Way, Path>>[];
  private readonly stillness = new Stillness();

  private constructor(paths: readonly Readonly<Record<Way, Path>>[]) {
    this.slots = paths.length;
    this.paths = paths;
  }

  static async open(slots: number): Promise<World> {
    const open = async () => {
      const [direct, auto, node] = await Promise.all([
        openPath("direct"),
        openPath("auto"),
        openPath("node"),
      ]);
      return { direct, auto, node };
    };
    return new World(await Promise.all(Array.from({ length: slots }, open)));
  }

  /** One at a time in a slot. */
  async run(one: Case, slot: number, patience: number): Promise<Readonly<Record<Way, Observation>>> {
    const paths = this.paths[slot] as Readonly<Record<Way, Path>>;
    // A front door gives up what stands still by its own clocks, a server alone does not.
    const [direct, auto, node] = await Promise.all([
      this.observe(one, paths.direct, slot, patience),
      this.observe(one, paths.auto, slot, 14 * patience),
      this.observe(one, paths.node, slot, 14 * patience),
    ]);
    return { direct, auto, node };
  }

  async close(): Promise<void> {
    this.stillness.close();
    const all = this.paths.flatMap((paths) => Object.values(paths));
    for (const { monolith } of all) monolith.close();
    await Promise.all(all.map(({ door }) => door?.close()));
  }

  private async observe(one: Case, path: Path, slot: number, patience: number): Promise<Observation> {
    const script: Script = {
      answers: one.exchanges.map(({ answer }) => answer),
      ...{ arrived: [], onActivity: () => undefined, onSilent: () => undefined, over: false },
    };
    path.monolith.script = script;
    const received = await drive(
      one,
      path.port,
      `127.0.1.${slot + 1}`,
      sentIn(one).map(methodOf),
      script,
      this.stillness,
      patience,
    );
    await new Promise<void>((resolve) => afterTurns(8, resolve));
    script.over = true;
    path.monolith.script = undefined;
    path.monolith.reset();
    await new Promise<void>((resolve) => afterTurns(6, resolve));
    return { received, arrived: script.arrived };
  }
}
