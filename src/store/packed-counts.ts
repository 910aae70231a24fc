import type { Shape, SideCounts } from "../domain/counter-shapes.ts";
import { WINDOW, type WindowCounts } from "../domain/counters.ts";

type List = readonly unknown[];
type Values = Readonly<Record<string, unknown>>;

/**
 * Rollups are many and mostly empty: as JSON text without names and with 0 for a part nothing was counted in, a quiet
 * minute takes 60 bytes instead of 700. A group is a list in the order of its names: new ones come at the end.
 */
function pack(shape: Shape, value: unknown): unknown {
  if (shape.kind === "count") return value;
  // Evidence of a gate's, and too much for every minute.
  if (shape.kind === "strata") return 0;
  if (shape.kind === "record") return Object.keys(value as Values).length === 0 ? 0 : value;
  if (shape.kind === "group")
    return Object.entries(shape.parts).map(([name, part]) => pack(part, (value as Values)[name]));
  const { requests, errors, aborted, sumMicros, histogram, codes } = value as SideCounts;
  return requests + aborted === 0 ? 0 : [requests, errors, aborted, sumMicros, histogram, codes];
}

/** `packed` undefined: by a fig that did not count it. */
function unpack(shape: Shape, packed: unknown): unknown {
  if (shape.kind === "group") {
    const parts = Object.entries(shape.parts);
    return Object.fromEntries(
      parts.map(([name, part], at) => [name, unpack(part, (packed as List | undefined)?.[at])]),
    );
  }
  if (packed === 0 || packed === undefined) return shape.merge([]);
  if (shape.kind !== "answers") return packed;
  const [requests, errors, aborted, sumMicros, buckets, codes] = packed as List;
  // Lua has one form for an empty list and an empty record (PUT_ROLLUP).
  const histogram = Array.isArray(buckets) ? buckets : [];
  return { requests, errors, aborted, sumMicros, histogram, codes };
}

/** The first ten counters lie as they did when there were no others: all answers together, and the last three numbers. */
function arranged([legacy, modern, shadow, ...more]: List): List {
  return [[legacy, modern, ...(shadow as List)], ...more.slice(0, 4), more.slice(4, 7), ...more.slice(7)];
}

function rearranged([sides, ...more]: List): List {
  const [legacy, modern, ...shadow] = sides as List;
  return [legacy, modern, shadow, ...more.slice(0, 4), ...(more[4] as List), ...more.slice(5)];
}

function kindsOf(shape: Shape): unknown {
  if (shape.kind === "group") return Object.values(shape.parts).map(kindsOf);
  // Never anything but 0, which a record may be.
  return shape.kind === "strata" ? "record" : shape.kind;
}

/** What lies where in packed counts, as JSON: for Lua, which adds them up. */
export const PACKED_KINDS = JSON.stringify(arranged(kindsOf(WINDOW) as List));

export function packCounts(counts: WindowCounts): string {
  return JSON.stringify(arranged(pack(WINDOW, counts) as List));
}

/** Counts that any fig packed. */
export function unpackCounts(text: string): WindowCounts {
  return unpack(WINDOW, rearranged(JSON.parse(text) as List)) as WindowCounts;
}
