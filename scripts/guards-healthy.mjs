// A healthy modern is never taken back: every guard is on, two front doors over one SQLite file, 500 requests a second, one in 200 fails on either
// side, and both have the same tail of slow answers. Prints a line a minute; exit 1 if a guard tripped.
// `npm run guards:healthy -- [--minutes 30] [--rate 500]`
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Shop } from "../test/e2e/support/guarded-shop.ts";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "30" }, rate: { type: "string", default: "500" } },
});
const { minutes, rate } = wholeNumbers("guards:healthy", values);

const CLIENTS = 50;
const answer = (response, count) => {
  if (count % 200 === 0) response.writeHead(500).end("no");
  else if (count % 20 === 0) setTimeout(() => response.end('{"total":1}'), 40);
  else response.end('{"total":1}');
};

const shop = await Shop.open();
shop.legacy.answer = answer;
shop.modern.answer = answer;
const route = {
  guards: {
    ...{ errors: true, latency: { p50: 1.5, p95: 1.5, p99: 1.5 } },
    ...{ mismatches: { severity: "high" }, sampleRatio: true },
  },
  compare: { high: ["$.total"] },
  start: { modern: 25, shadow: 10 },
};
try {
  for (let door = 0; door < 2; door++) await shop.door(shop.sqlite, route);
  shop.load(CLIENTS, (CLIENTS / rate) * 1000);
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  while (elapsed() < minutes * 60) {
    await delay(Math.min(60, minutes * 60 - elapsed()) * 1000);
    const ledger = await shop.admin("GET", "/ledger");
    const trips = ledger.filter(({ kind }) => kind === "guard");
    const pace = Math.round(shop.answered / elapsed());
    console.log(
      `${Math.round(elapsed())} s: ${shop.answered} requests, ${pace} a second, ${shop.statuses.get(500) ?? 0} failed; trips: ${trips.length}`,
    );
    if (trips.length === 0) continue;
    console.error(trips.map(({ reason }) => reason).join("\n"));
    process.exitCode = 1;
    break;
  }
} finally {
  await shop.close();
}
