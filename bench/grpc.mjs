// What a gRPC call costs: CPU of a unary call over h2c to an h2c upstream, beside nginx's grpc_pass.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { medianInterval } from "./interval.mjs";
import { calls } from "./load.mjs";
import { scratch, startFig, startGrpcNginx, startGrpcUpstream } from "./peers.mjs";
import { fixed, medians, publish, table, takeTurns, verdict } from "./report.mjs";

const MESSAGE_BYTES = 100;
const CLIENTS = 10;
const STREAMS = 10;

export async function grpc(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 11, seconds: 6, warmup: 3 });
  const message = join(scratch, "message");
  const bytes = Buffer.alloc(5 + MESSAGE_BYTES, "x");
  bytes[0] = 0;
  bytes.writeUInt32BE(MESSAGE_BYTES, 1);
  writeFileSync(message, bytes);
  const upstream = await startGrpcUpstream();
  const doors = new Map([
    ["nginx", await startGrpcNginx(upstream)],
    ["fig", await startFig(upstream, { name: "fig", http2: true })],
  ]);
  const run = (door, length) => calls(door.url, door.pid, length, message, CLIENTS, STREAMS);
  for (const door of doors.values()) await run(door, warmup);
  const runs = await takeTurns([...doors.keys()], rounds, async (name, round) => {
    const measured = await run(doors.get(name), seconds);
    options.progress(`round ${round} ${name}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs`);
    return measured;
  });
  const pairs = runs
    .get("fig")
    .map((fig, at) => fig.cpuMicrosPerRequest / runs.get("nginx")[at].cpuMicrosPerRequest);
  const ratio = [...pairs].sort((a, b) => a - b)[pairs.length >> 1];
  const interval = medianInterval(pairs);
  const rows = ["nginx", "fig"].map((name) => {
    const { cpuMicrosPerRequest, requestsPerSecond, failed } = medians(runs.get(name));
    return [name, fixed(cpuMicrosPerRequest, 1), fixed(requestsPerSecond), fixed(failed)];
  });
  for (const door of doors.values()) await door.stop();
  await upstream.stop();
  return publish({
    name: "grpc",
    title: "gRPC",
    intro: [
      `Unary calls over h2c to an upstream over h2c: ${CLIENTS} connections of ${STREAMS} streams, a message of ${MESSAGE_BYTES} bytes, 330 bytes back`,
      `with trailers, ${rounds} interleaved pairs of ${seconds} s. CPU is utime + stime of the proxy. 95 % of the median of pairs:`,
      interval === undefined ? "too few pairs." : `${fixed(interval.low, 2)} to ${fixed(interval.high, 2)}.`,
    ],
    sections: [table(["", "CPU µs a call", "calls a second", "failed"], rows)],
    verdicts: [verdict("fig's CPU a call ÷ nginx's grpc_pass", ratio, "at most", 3.5)],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
