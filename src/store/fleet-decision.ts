import { fits } from "../domain/policies/gcra.ts";
import type { FleetDecision, FleetMeter } from "./contract.ts";

/** No window is longer. */
const LONGEST_MS = 31 * 86_400_000;

/** What the script answered, if it can be true; undefined: it cannot. */
export function fleetDecision(
  reply: unknown,
  meters: readonly FleetMeter[],
  peek: boolean,
): FleetDecision | undefined {
  if (!Array.isArray(reply) || reply.length !== 1 + 2 * meters.length) return undefined;
  if (!reply.every((one) => Number.isSafeInteger(one) && one >= 0)) return undefined;
  const [passes, ...rest] = reply as number[];
  if (passes !== 0 && passes !== 1) return undefined;
  const used = meters.map((_, at) => rest[2 * at] as number);
  const endsMs = meters.map((_, at) => rest[2 * at + 1] as number);
  const before = used.map((now, at) =>
    passes === 1 && !peek ? now - weight(meters[at] as FleetMeter) : now,
  );
  const room = meters.map((meter, at) => hasRoom(meter, before[at] as number));
  const sound =
    before.every((now) => now >= 0) &&
    room.every(Boolean) === (passes === 1) &&
    meters.every((meter, at) =>
      meter.kind !== "quota" ? endsMs[at] === 0 : (endsMs[at] as number) <= LONGEST_MS,
    );
  return sound ? { passes: passes === 1, used, endsMs } : undefined;
}

function weight(meter: FleetMeter): number {
  return meter.kind === "rate" ? meter.pace.cost : 1;
}

function hasRoom(meter: FleetMeter, used: number): boolean {
  if (meter.kind === "rate") return fits(used, meter.pace, 1);
  return used < (meter.kind === "quota" ? meter.amount : meter.most);
}
