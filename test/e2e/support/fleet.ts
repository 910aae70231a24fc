import { request } from "node:http";
import type { LedgerEntry } from "../../../src/domain/ledger.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./split-door.ts";

/** Front doors as processes, each with its own copy of the same files, on one state. */
export class Fleet {
  readonly doors: readonly SplitDoor[];
  private readonly sides: readonly SideUpstream[];

  private constructor(doors: readonly SplitDoor[], sides: readonly SideUpstream[]) {
    this.doors = doors;
    this.sides = sides;
  }

  static async start(size: number, state: string): Promise<Fleet> {
    const sides = [await startSide("legacy"), await startSide("modern")] as const;
    const doors: SplitDoor[] = [];
    // A few at a time: a process that starts takes a whole core.
    while (doors.length < size) {
      const batch = Math.min(4, size - doors.length);
      doors.push(
        ...(await Promise.all(
          Array.from({ length: batch }, () => startSplitDoor(...sides, `state: ${state}\n`)),
        )),
      );
    }
    return new Fleet(doors, sides);
  }

  /** The n-th door, counting on and on. */
  door(n: number): SplitDoor {
    return this.doors[n % this.doors.length] as SplitDoor;
  }

  async close(): Promise<void> {
    await Promise.all(this.doors.map((door) => door.close()));
    for (const side of this.sides) side.close();
  }
}

/** When each revision came in force in a door, ms since the epoch, by its log: the line is written right after the swap. */
export function inForceTimes(door: SplitDoor): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const line of door.process.output().split("\n")) {
    if (!line.includes('"a ledger entry is in force"')) continue;
    const { time, revision } = JSON.parse(line) as { time: string | number; revision: number };
    times.set(revision, new Date(time).getTime());
  }
  return times;
}

/** Hears on a door's event stream, which sends in batches, that entries are in force there. */
export class EventEar {
  private readonly heard = new Set<number>();
  private readonly waiting = new Map<number, () => void>();
  private readonly sent: ReturnType<typeof request>;
  private event = "";

  private constructor(sent: ReturnType<typeof request>) {
    this.sent = sent;
  }

  static open(door: SplitDoor): Promise<EventEar> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL("/api/v1/events", door.adminUrl));
      const ear = new EventEar(sent);
      sent.once("error", reject);
      sent.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          const lines = (text + chunk).split("\n");
          text = lines.pop() ?? "";
          for (const line of lines) ear.line(line);
        });
        response.on("error", () => undefined);
        resolve(ear);
      });
      sent.end();
    });
  }

  async until(revision: number): Promise<void> {
    if (this.heard.has(revision)) return;
    await new Promise<void>((resolve) => this.waiting.set(revision, resolve));
  }

  close(): void {
    this.sent.on("error", () => undefined);
    this.sent.destroy();
  }

  private line(line: string): void {
    const { event } = this;
    this.event = line.startsWith("event: ") ? line.slice("event: ".length) : "";
    if (event !== "shift" || !line.startsWith("data: ")) return;
    const { revision } = JSON.parse(line.slice("data: ".length)) as LedgerEntry;
    this.heard.add(revision);
    this.waiting.get(revision)?.();
    this.waiting.delete(revision);
  }
}

export interface ShiftAnswer {
  readonly status: number;
  readonly entry: LedgerEntry | undefined;
  readonly said: unknown;
}

export async function shiftShop(
  door: SplitDoor,
  body: Readonly<Record<string, unknown>>,
): Promise<ShiftAnswer> {
  const answer = await fetch(new URL("/api/v1/routes/shop/shift", door.adminUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = (await answer.json()) as { entries?: readonly LedgerEntry[] };
  return { status: answer.status, entry: answer.ok ? said.entries?.[0] : undefined, said };
}
