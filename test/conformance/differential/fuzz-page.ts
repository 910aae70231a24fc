import type { FuzzRecord } from "./fuzz-run.ts";

/** docs/fuzz.md. */
export function fuzzPage(
  record: FuzzRecord,
  about: { readonly date: string; readonly node: string },
): string {
  const rows: [string, string][] = [
    ["Begun", about.date],
    ["Seed", String(record.seed)],
    ["Lane", record.lane],
    ["Node.js", about.node],
    ["Minutes", record.minutes.toFixed(1)],
    ["Batches", String(record.batches)],
    ["Client connections", String(record.clients)],
    ["Requests begun by clients", String(record.requests)],
    ["Requests the fast lane took", String(record.fast)],
    ["Slowest probe", `${record.slowestProbeMs} ms`],
    ["Heap, tenth batch and last", `${record.heapMiBEarly.toFixed(1)} and ${record.heapMiB.toFixed(1)} MiB`],
    ["RSS, tenth batch and last", `${record.rssMiBEarly.toFixed(0)} and ${record.rssMiB.toFixed(0)} MiB`],
    ["Failures", String(record.failures.length)],
  ];
  const handovers = Object.entries(record.handovers).sort(([, a], [, b]) => b - a);
  return `# Fuzz run of the lanes

Written by \`npm run fuzz -- --minutes ${Math.round(record.minutes)} --seed ${record.seed}\`. Clients send plain, odd, hostile and damaged
requests, in pieces, and leave, reset, pause or half-close at random; upstreams answer early, late, malformed, in part or not
at all. The front door runs in a process of its own. After every batch it must answer a probe within two seconds and hold no
socket, no request under way and no more memory than before. Batch N of a seed is the same messages every time (what the
clocks and the kernel make of them is not): \`--batch N\` begins there.

| | |
|---|---|
${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}

Connections that the fast lane handed over, by reason:

| reason | connections |
|---|---:|
${handovers.map(([reason, count]) => `| \`${reason}\` | ${count} |`).join("\n")}
${record.failures.length === 0 ? "\nNo crash, no hang, no leaked socket.\n" : `\n## Failures\n\n${record.failures.map((failure) => `- ${failure}`).join("\n")}\n`}`;
}
