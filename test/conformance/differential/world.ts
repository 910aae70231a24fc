/** Two front doors over the same kind of upstreams, one with each lane, and slots to run streams in. */
import { createFrontDoor, type FrontDoor } from "../../../src/index.ts";
import { drive, Stillness } from "./client.ts";
import { type DoorInside, insideOf } from "./door-inside.ts";
import type { Observation } from "./explained.ts";
import type { Stream } from "./streams.ts";
import { afterTurns } from "./turns.ts";
import { RecordingUpstream, type Script } from "./upstream.ts";

type LaneName = "node" | "auto";

interface Laned {
  readonly door: FrontDoor;
  readonly port: number;
  readonly scripts: Map<string, Script | "over">;
  readonly slots: readonly RecordingUpstream[];
  readonly fallback: RecordingUpstream;
}

/** Streams that leave an upstream's connections as they should be: the next stream of the slot goes on with them. */
const CLEAN = new Set(["kept", "boundary"]);

function slotName(slot: number): string {
  return `s${10 + slot}`;
}

async function openLane(lane: LaneName, slots: number): Promise<Laned> {
  const scripts = new Map<string, Script | "over">();
  const upstreams = Array.from({ length: slots }, () => new RecordingUpstream(scripts, true));
  const fallback = new RecordingUpstream(scripts, false);
  const ports = await Promise.all(upstreams.map((upstream) => upstream.listen()));
  const fallbackPort = await fallback.listen();
  const door = createFrontDoor(
    {
      listen: "127.0.0.1:0",
      admin: "127.0.0.1:0",
      state: "memory:",
      lane,
      default: "fallback",
      upstreams: {
        fallback: `http://127.0.0.1:${fallbackPort}`,
        ...Object.fromEntries(ports.map((port, slot) => [slotName(slot), `http://127.0.0.1:${port}`])),
      },
      routes: ports.map((_port, slot) => ({
        id: slotName(slot),
        match: { path: `/${slotName(slot)}/{rest+}` },
        legacy: slotName(slot),
        modern: slotName(slot),
      })),
    },
    { quiet: true },
  );
  const { url } = await door.listen();
  return { door, port: Number(new URL(url).port), scripts, slots: upstreams, fallback };
}

export class World {
  readonly slots: number;
  private readonly node: Laned;
  private readonly auto: Laned;
  private readonly stillness = new Stillness();
  private clients = 0;

  private constructor(slots: number, node: Laned, auto: Laned) {
    this.slots = slots;
    this.node = node;
    this.auto = auto;
  }

  static async open(slots: number): Promise<World> {
    return new World(slots, await openLane("node", slots), await openLane("auto", slots));
  }

  /** What targets of a slot's streams begin with: of the same length for all, up to 90. */
  static base(slot: number): string {
    return `/${slotName(slot)}/`;
  }

  /** The stream through both lanes at once. One at a time in a slot. `patience` over 1 waits longer before giving up. */
  async run(stream: Stream, slot: number, patience: number): Promise<readonly [Observation, Observation]> {
    const address = this.address();
    const observations = await Promise.all(
      [this.node, this.auto].map((laned) => this.observe(laned, stream, slot, address, patience)),
    );
    return observations as unknown as readonly [Observation, Observation];
  }

  inside(): { readonly node: DoorInside; readonly auto: DoorInside } {
    return { node: insideOf(this.node.door), auto: insideOf(this.auto.door) };
  }

  strays(): string[] {
    return [this.node, this.auto].flatMap(({ slots, fallback }) =>
      [...slots, fallback].flatMap(({ strays }) => strays),
    );
  }

  async close(): Promise<void> {
    this.stillness.close();
    await Promise.all(
      [this.node, this.auto].map(async ({ door, slots, fallback }) => {
        for (const upstream of [...slots, fallback]) upstream.close();
        await door.close();
      }),
    );
  }

  private address(): string {
    const number = ++this.clients;
    return `127.${1 + ((number >> 16) & 127)}.${(number >> 8) & 255}.${number & 255}`;
  }

  private async observe(
    laned: Laned,
    stream: Stream,
    slot: number,
    address: string,
    patience: number,
  ): Promise<Observation> {
    const script: Script = {
      answers: stream.exchanges.map(({ answer }) => answer),
      ...{ seen: [], ids: [], retried: 0, onActivity: () => undefined },
    };
    laned.scripts.set(address, script);
    const received = await drive(stream, laned.port, address, this.stillness, patience, (touch) => {
      script.onActivity = touch;
    });
    await new Promise<void>((resolve) => afterTurns(6, resolve));
    if (!CLEAN.has(stream.kind)) {
      (laned.slots[slot] as RecordingUpstream).reset();
      await new Promise<void>((resolve) => afterTurns(4, resolve));
    }
    laned.scripts.set(address, "over");
    return { received, seen: script.seen, retried: script.retried };
  }
}
