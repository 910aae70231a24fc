import { atRate, saturate } from "./load.mjs";
import { scratch, startFig, startUpstream } from "./peers.mjs";
import { median } from "./report.mjs";
import { stopAll } from "./processes.mjs";
const route = (percent) => `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 0, shadow: ${percent} }
`;
const rates = process.env.RATES.split(",").map(Number);
const roots = process.argv.slice(2);
const pairs = Number(process.env.PAIRS ?? 5);
const [upstream, healthy] = [await startUpstream(), await startUpstream()];
const doors = new Map();
for (const root of roots) for (const p of [0, 100]) {
  const door = await startFig(upstream, { root, name: `${root} ${p}`, routes: route(p), modern: healthy });
  doors.set(`${root} ${p}`, door);
  await saturate(door.url, door.pid, 2);
}
for (const rate of rates) {
  const p99 = new Map(), cpu = new Map(), p50 = new Map();
  for (let n = 0; n < pairs; n++) for (const [name, door] of doors) {
    const m = await atRate(door.url, door.pid, rate, 5, scratch);
    for (const [map, v] of [[p99, m.p99], [cpu, m.cpuMicrosPerRequest], [p50, m.p50]]) map.set(name, [...(map.get(name) ?? []), v]);
    await new Promise((r) => setTimeout(r, 300));
  }
  for (const name of doors.keys()) console.log(rate, name.padEnd(28), "p50", Math.round(median(p50.get(name))), "p99", Math.round(median(p99.get(name))), p99.get(name).map(Math.round).join(" "), "cpu", median(cpu.get(name)).toFixed(1));
}
await stopAll?.();
process.exit(0);
