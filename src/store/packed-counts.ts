import { ANSWERS, type Leaf, type Shape, type SideCounts } from "../domain/counter-shapes.ts";
import { WINDOW, type WindowCounts } from "../domain/counters.ts";

/**
 * Rollups are many and mostly empty: as JSON text without names and with 0 for a part nothing was counted in, a quiet
 * minute takes 60 bytes instead of 700. Groups are lists in the order of their names, so that names are only ever added at the end.
 */
type Packed = number | readonly unknown[] | Readonly<Record<string, number>> | undefined;

function packSide({ requests, errors, aborted, sumMicros, histogram, codes }: SideCounts): Packed {
  if (requests === 0 && aborted === 0) return 0;
  return [requests, errors, aborted, sumMicros, histogram, codes];
}

function unpackSide([requests, errors, aborted, sumMicros, histogram, codes]: readonly unknown[]): unknown {
  // Lua has one form for an empty list and an empty record (PUT_ROLLUP).
  return {
    requests,
    errors,
    aborted,
    sumMicros,
    histogram: Array.isArray(histogram) ? histogram : [],
    codes,
  };
}

/** Of the kinds that are not a plain number. A packed 0, or none of a fig that did not count it, is the sum of none. */
function packLeaf({ kind }: Leaf, value: unknown): Packed {
  if (kind === "count") return value as number;
  if (kind === "answers") return packSide(value as SideCounts);
  for (const _ in value as object) return value as Record<string, number>;
  return 0;
}

function unpackLeaf(leaf: Leaf, packed: Packed): unknown {
  if (packed === 0 || packed === undefined) return leaf.merge([]);
  return leaf.kind === ANSWERS.kind ? unpackSide(packed as readonly unknown[]) : packed;
}

function pack(shape: Shape, value: unknown): Packed {
  if (shape.kind !== "group") return packLeaf(shape, value);
  const values = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape.parts).map(([name, part]) => pack(part, values[name]));
}

function unpack(shape: Shape, packed: unknown): unknown {
  if (shape.kind !== "group") return unpackLeaf(shape, packed as Packed);
  const list = (packed ?? []) as readonly unknown[];
  return Object.fromEntries(
    Object.entries(shape.parts).map(([name, part], index) => [name, unpack(part, list[index])]),
  );
}

type List = readonly unknown[];

/** The first ten counters lie as they did when there were no others: all answers together, and all numbers. */
function arranged(counters: List): List {
  const [legacy, modern, shadow, outcomes, comparisons, notCompared, mismatches, ...more] = counters;
  const [numbers, later] = [more.slice(0, 3), more.slice(3)];
  return [
    [legacy, modern, ...(shadow as List)],
    outcomes,
    comparisons,
    notCompared,
    mismatches,
    numbers,
    ...later,
  ];
}

function rearranged(packed: List): List {
  const [sides, outcomes, comparisons, notCompared, mismatches, numbers, ...later] = packed;
  const [legacy, modern, ...shadow] = sides as List;
  return [
    legacy,
    modern,
    shadow,
    outcomes,
    comparisons,
    notCompared,
    mismatches,
    ...(numbers as List),
    ...later,
  ];
}

function kindsOf(shape: Shape): unknown {
  return shape.kind === "group" ? Object.values(shape.parts).map(kindsOf) : shape.kind;
}

/** What lies where in packed counts: for what adds them up without unpacking them. */
export const PACKED_KINDS = JSON.stringify(arranged(kindsOf(WINDOW) as List));

export function packCounts(counts: WindowCounts): string {
  return JSON.stringify(arranged(pack(WINDOW, counts) as List));
}

/** Counts that any fig packed. */
export function unpackCounts(text: string): WindowCounts {
  return unpack(WINDOW, rearranged(JSON.parse(text) as List)) as WindowCounts;
}
