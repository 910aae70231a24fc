// Open dashboards, as many as the bench asks for: a process of its own.
import { get } from "node:http";

const seen = { answers: 0, events: 0, failed: 0 };
let close = [];

/** What a page asks for every so many ms under traffic, and at each `rollup`, as dashboard/src/pages does. */
const KINDS = [
  {
    every: { 10000: ["/overview", "/routes?sort=id&order=asc&limit=50&offset=0"] },
    rollup: [
      "/overview",
      "/routes?sort=id&order=asc&limit=50&offset=0",
      "/series?step=hour",
      "/migrations/plan",
    ],
  },
  {
    every: { 5000: ["/routes/orders.read"], 10000: ["/overview"] },
    rollup: ["/overview", "/series?route=orders.read", "/routes/orders.read/latencies"],
  },
];
/** People do not open their pages at the same moment. */
const OPENED_WITHIN_MS = 2000;

/** One page: asks and listens as the dashboard does, until it is closed. */
function openDashboard(adminUrl, { every, rollup }, afterMs) {
  const ask = async (path) => {
    const response = await fetch(`${adminUrl}/api/v1${path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    seen.answers++;
  };
  const askAll = (paths) => Promise.all(paths.map(ask)).catch(() => seen.failed++);
  let chunk = "";
  const stream = get(`${adminUrl}/api/v1/events`, { agent: false }, (response) => {
    response.setEncoding("utf8").on("data", (text) => {
      seen.events += text.split("\nevent: ").length - 1;
      chunk = (chunk + text).slice(-4096);
      if (!chunk.includes("event: rollup")) return;
      chunk = "";
      void askAll(rollup);
    });
    response.on("error", () => {});
  });
  stream.on("error", () => {});
  const timers = [];
  const opened = setTimeout(() => {
    for (const [ms, paths] of Object.entries(every)) {
      timers.push(setInterval(() => askAll(paths), Number(ms)));
      void askAll(paths);
    }
  }, afterMs);
  return () => {
    clearTimeout(opened);
    for (const timer of timers) clearInterval(timer);
    stream.destroy();
  };
}

process.on("message", ({ adminUrl, count }) => {
  for (const each of close) each();
  close = Array.from({ length: count }, (_, i) =>
    openDashboard(adminUrl, KINDS[i % KINDS.length], (i * OPENED_WITHIN_MS) / count),
  );
  if (count === 0) process.send(seen);
});
