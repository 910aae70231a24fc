// What HTTP/2 in costs: CPU of a request over TLS, forwarded over HTTP/1.1, beside nginx's.
import { HTTP2_CONNECTIONS, HTTP2_STREAMS, saturateHttp2 } from "./load.mjs";
import { certificate, comparePairs } from "./pairs.mjs";
import { startFig, startHttp2Nginx, startUpstream } from "./peers.mjs";
import { publish, recorded, verdict } from "./report.mjs";

export async function http2(options) {
  const times = options.times({ rounds: 11, seconds: 6, warmup: 3 });
  const { rounds, seconds, warmup } = times;
  const upstream = await startUpstream();
  const pair = certificate();
  const doors = new Map([
    ["nginx", await startHttp2Nginx(upstream, pair)],
    ["fig", await startFig(upstream, { name: "fig", tls: pair })],
  ]);
  const measure = {
    [`${HTTP2_STREAMS} streams`]: (door, length) => saturateHttp2(door.url, door.pid, length, HTTP2_STREAMS),
    "1 stream": (door, length) => saturateHttp2(door.url, door.pid, length, 1),
  };
  const { section, data, ratios } = await comparePairs(doors, measure, times, options.progress);
  for (const door of doors.values()) await door.stop();
  await upstream.stop();
  return publish({
    name: "http2",
    title: "HTTP/2 in",
    intro: [
      `HTTP/2 over TLS 1.3 (ECDSA P-256, TLS_AES_256_GCM_SHA384), forwarded over HTTP/1.1, ${rounds} interleaved pairs of ${seconds} s. ${HTTP2_CONNECTIONS} connections,`,
      "GET, 330 bytes of JSON, by h2load. CPU is utime + stime of the proxy.",
    ],
    sections: [section],
    verdicts: [
      verdict(
        `fig's CPU a request ÷ nginx's, ${HTTP2_STREAMS} streams a connection`,
        ratios[`${HTTP2_STREAMS} streams`],
        "at most",
        3.0,
      ),
      recorded("fig's CPU a request ÷ nginx's, one stream a connection", ratios["1 stream"]),
    ],
    data,
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
