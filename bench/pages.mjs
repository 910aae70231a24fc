// Open dashboards, as many as the bench asks for: a process of its own.
import { get } from "node:http";

const seen = { answers: 0, events: 0, failed: 0 };
let close = [];

/** One page: asks and listens as the dashboard does, until it is closed. */
function openDashboard(adminUrl, pollMs, afterMs) {
  let chunk = "";
  const ask = async (path) => {
    const response = await fetch(`${adminUrl}/api/v1${path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    seen.answers++;
  };
  const askAll = (...paths) => Promise.all(paths.map(ask)).catch(() => seen.failed++);
  const poll = () => askAll("/overview", "/routes?limit=50&sort=requests&order=desc", "/series");
  const stream = get(`${adminUrl}/api/v1/events`, { agent: false }, (response) => {
    response.setEncoding("utf8").on("data", (text) => {
      seen.events += text.split("\nevent: ").length - 1;
      chunk = (chunk + text).slice(-4096);
      if (!chunk.includes("event: rollup")) return;
      chunk = "";
      void askAll("/series?route=orders.read", "/routes/orders.read", "/mismatches?route=orders.read");
    });
    response.on("error", () => {});
  });
  stream.on("error", () => {});
  // People do not open their pages at the same moment.
  let timer = setTimeout(() => {
    timer = setInterval(poll, pollMs);
    void poll();
  }, afterMs);
  return () => {
    clearTimeout(timer);
    stream.destroy();
  };
}

process.on("message", ({ adminUrl, count, pollMs }) => {
  for (const each of close) each();
  close = Array.from({ length: count }, (_, i) => openDashboard(adminUrl, pollMs, (i * pollMs) / count));
  if (count === 0) process.send(seen);
});
