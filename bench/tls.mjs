// What TLS costs: CPU of a request on a kept-alive connection, and of a full handshake, beside nginx's TLS proxy.
import { CONNECTIONS, handshakes, saturate } from "./load.mjs";
import { certificate, comparePairs } from "./pairs.mjs";
import { startFig, startTlsNginx, startUpstream } from "./peers.mjs";
import { publish, verdict } from "./report.mjs";

export async function tls(options) {
  const times = options.times({ rounds: 11, seconds: 6, warmup: 3 });
  const { rounds, seconds, warmup } = times;
  const upstream = await startUpstream();
  const pair = certificate();
  const doors = new Map([
    ["nginx", await startTlsNginx(upstream, pair)],
    ["fig", await startFig(upstream, { name: "fig", tls: pair })],
  ]);
  const measure = {
    request: (door, length) => saturate(door.url, door.pid, length),
    handshake: (door, length) => handshakes(new URL(door.url).host, door.pid, length),
  };
  const { section, data, ratios } = await comparePairs(doors, measure, times, options.progress);
  for (const door of doors.values()) await door.stop();
  await upstream.stop();
  return publish({
    name: "tls",
    title: "TLS",
    intro: [
      `ECDSA P-256, TLS 1.3, TLS_AES_256_GCM_SHA384, ${rounds} interleaved pairs of ${seconds} s. Requests: ${CONNECTIONS} connections,`,
      "GET, 330 bytes of JSON. Handshakes: full ones, one after the other, by openssl s_time. CPU is utime + stime of the proxy.",
    ],
    sections: [section],
    verdicts: [
      verdict("fig's CPU a request ÷ nginx's TLS proxy", ratios.request, "at most", 1.6),
      verdict("fig's CPU a full handshake ÷ nginx's", ratios.handshake, "at most", 1.5),
    ],
    data,
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
