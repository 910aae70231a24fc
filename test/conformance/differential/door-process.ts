/** A front door in a process of its own, that tells its parent what it holds: whatever is fed to it, it must live on. */
import { createFrontDoor } from "../../../src/index.ts";
import { type DoorInside, insideOf } from "./door-inside.ts";

export interface DoorOrder {
  readonly id: number;
  readonly op: "open" | "look";
  readonly config?: object;
}

export interface DoorReply extends Partial<DoorInside> {
  readonly id: number;
  readonly port?: number;
  /** Sockets of any kind this process holds, listening ones not counted. */
  readonly sockets?: number;
  /** After a collection. */
  readonly heapBytes?: number;
  readonly rssBytes?: number;
  readonly cpuMicros?: number;
}

let door: ReturnType<typeof createFrontDoor> | undefined;

async function answer({ op, id, config }: DoorOrder): Promise<DoorReply> {
  if (op === "open") {
    door = createFrontDoor(config ?? {}, { quiet: true });
    const { url } = await door.listen();
    return { id, port: Number(new URL(url).port) };
  }
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const inside = door === undefined ? {} : insideOf(door);
  return { id, ...inside, sockets, heapBytes: heapUsed, rssBytes: rss, cpuMicros: user + system };
}

if (process.send !== undefined) {
  process.on("message", (order: DoorOrder) => {
    void answer(order).then((reply) => process.send?.(reply));
  });
  process.on("disconnect", () => process.exit(0));
}
