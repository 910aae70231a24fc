import { bucketOf } from "../domain/histogram.ts";

/**
 * Upper edges of the Prometheus buckets in µs: powers of two from 512 µs to 34 s. Each is also an edge of the tallies'
 * histogram (domain/histogram), so folding one into the other moves no count over an edge. Counted are whole
 * microseconds below the edge.
 */
const EDGES_MICROS: readonly number[] = Array.from({ length: 17 }, (_, i) => 2 ** (i + 9));

/** The same in seconds: the `le` labels. */
export const LATENCY_EDGES_SECONDS: readonly number[] = EDGES_MICROS.map((micros) => micros / 1_000_000);

const FINE_EDGES = EDGES_MICROS.map(bucketOf);

/** A sparse histogram ([bucket, count, ...], ascending) as cumulative counts, one for each edge. */
export function foldLatencies(sparse: readonly number[]): number[] {
  const folded: number[] = [];
  let sum = 0;
  let at = 0;
  for (const edge of FINE_EDGES) {
    while (at + 1 < sparse.length && (sparse[at] as number) < edge) {
      sum += sparse[at + 1] as number;
      at += 2;
    }
    folded.push(sum);
  }
  return folded;
}
