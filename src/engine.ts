import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";

/** Where V8's limit is below this, the young generation may not take its full size: what --max-old-space-size=512 makes of it. */
const SMALL_HEAP_BYTES = 704 * 1024 * 1024;
/** Then each of the two halves of the young generation may take this part of the limit. */
const YOUNG_PART = 40;

/** So many young collections within a second are many: of 1,000 requests some would wait for one. */
const OFTEN = 3;
/** More than this part of what was collected is still there: it was too early. */
const MANY_PART = 8;

/** A nice value: nine in ten parts of a core that both want are the others'. The comparing thread's is greater still. */
const BEHIND = 10;

/**
 * V8 learns which allocations outlive a collection and makes their like in the old generation at once. One shadow that waits
 * teaches it that of every request's lists, which then keep a dead request's strings alive: collections that took 0.4 ms took
 * 15, and clients waited for them (docs/decisions/0016). For a process of its own: a program that has the front door as a
 * library keeps its own flags. What it gives is called once the process serves.
 */
export function tuneCollector(): () => void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  if (availableParallelism() === 1) collectBehind();
  const limit = getHeapStatistics().heap_size_limit;
  if (limit < SMALL_HEAP_BYTES) {
    keepYoungSmall(limit / YOUNG_PART);
    return () => {};
  }
  setFlagsFromString("--semi-space-growth-factor=1");
  return growByNeed;
}

/**
 * V8 lets the young generation grow by what outlives its collections, however long that takes. A start makes little else, and then it
 * has 64 MiB, which any garbage fills before it is collected once: an upload of 1 GiB made a process grow by 45 MiB. Ours may grow once
 * requests need it. Then memory is soon what it will be: the full size comes in one step, not in several over minutes.
 */
function growByNeed(): void {
  const latest: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail;
      if (kind === constants.NODE_PERFORMANCE_GC_MINOR) latest.push(entry.startTime);
    }
    latest.splice(0, latest.length - OFTEN);
    const often = latest.length === OFTEN && (latest[OFTEN - 1] as number) - (latest[0] as number) < 1000;
    const { space_size = 0, space_used_size = 0 } = youngSpace() ?? {};
    if (!often && space_used_size * MANY_PART < space_size / 2) return;
    setFlagsFromString("--semi-space-growth-factor=16");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
}

const youngSpace = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");

/**
 * Four threads of V8's collect beside the one that serves. On one core that one waits for its turn among them, longer than it
 * works (docs/decisions/0016). Only Linux says which they are; elsewhere, or not allowed, they stay as they are.
 */
function collectBehind(): void {
  const tasks = "/proc/self/task";
  try {
    for (const id of readdirSync(tasks))
      if (readFileSync(`${tasks}/${id}/comm`, "latin1").trim() === "V8Worker")
        setPriority(Number(id), BEHIND);
  } catch {}
}

/**
 * V8 lets the young generation take 128 MiB whatever --max-old-space-size says, and counts that against its limit: with 128 MiB
 * it collects the old generation without a pause, 20 times a second, though next to nothing is in it. Its size can only be
 * given on the command line, but how much it grows at a time can be said at any time.
 */
function keepYoungSmall(halfBytes: number): void {
  const observer = new PerformanceObserver(() => {
    if ((youngSpace()?.space_size ?? 0) < 2 * halfBytes) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
}
