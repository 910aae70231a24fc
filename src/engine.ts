import { setFlagsFromString } from "node:v8";

/**
 * V8 learns which allocations outlive a collection and makes their like in the old generation at once. One shadow that waits
 * teaches it that of every request's lists, which then keep a dead request's strings alive: collections that took 0.4 ms took
 * 15, and clients waited for them (docs/decisions/0016). For a process of its own: a program that has the front door as a
 * library keeps its own flags.
 */
export function tuneCollector(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  // Memory is soon what it will be: the young generation takes its full size in one step, not in several over minutes.
  setFlagsFromString("--semi-space-growth-factor=16");
}
