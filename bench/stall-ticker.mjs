// Loaded into a process under test (`node --import`): a 1 ms ticker that tells over IPC how long the main thread kept it waiting.
import { isMainThread } from "node:worker_threads";

const TICK_MS = 1;

if (isMainThread && process.send !== undefined) {
  let longest = { wallMs: 0, cpuMs: 0, ticks: 0 };
  let before = performance.now();
  let cpuBefore = process.threadCpuUsage();
  setInterval(() => {
    const now = performance.now();
    const { user, system } = process.threadCpuUsage(cpuBefore);
    longest.wallMs = Math.max(longest.wallMs, now - before - TICK_MS);
    longest.cpuMs = Math.max(longest.cpuMs, (user + system) / 1000);
    longest.ticks++;
    before = now;
    cpuBefore = process.threadCpuUsage();
  }, TICK_MS).unref();
  // What it answers is what came since it was asked last. One tick later, so that a stall that ends now is in it.
  process.on("message", () => {
    setTimeout(() => {
      process.send(longest);
      longest = { wallMs: 0, cpuMs: 0, ticks: 0 };
    }, 2 * TICK_MS);
  });
  process.channel.unref();
}
