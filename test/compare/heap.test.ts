import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { threadLimits } from "../../src/compare/heap.ts";

const MIB = 1024 ** 2;

test("the comparing thread's heap is a quarter of the front door's, within bounds", () => {
  const heapOf = (ownMib: number) => threadLimits(ownMib * MIB).maxOldGenerationSizeMb;
  expect([100, 320, 1024, 4144].map(heapOf)).toEqual([64, 80, 256, 512]);
});

/** What the thread itself reads of its bounds. */
async function heldBy(heapMb: number): Promise<unknown> {
  const module = new URL("../../src/compare/heap.ts", import.meta.url).href;
  const program = `import(${JSON.stringify(module)}).then(({ HELD }) => require("node:worker_threads").parentPort.postMessage(HELD))`;
  const worker = new Worker(program, { eval: true, resourceLimits: { maxOldGenerationSizeMb: heapMb } });
  const held = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  return held;
}

test("a thread with a smaller heap reads smaller bodies", async () => {
  expect(await heldBy(64)).toEqual({
    jsonValues: 125_000,
    markupNodes: 12_500,
    valuedBytes: MIB / 8,
    textBytes: 2 * MIB,
    decodedBytes: 8 * MIB,
  });
  expect(await heldBy(2048)).toEqual({
    jsonValues: 1_000_000,
    markupNodes: 100_000,
    valuedBytes: MIB,
    textBytes: 16 * MIB,
    decodedBytes: 64 * MIB,
  });
});
