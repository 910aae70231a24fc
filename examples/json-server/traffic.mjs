// Readers of the bookshop, so many at a time: each has a `reader` cookie, asks sixteen times, and goes. A reader who asked the same
// again would be no further witness for a gate.
// usage: node traffic.mjs [URL] [REQUESTS] [SECONDS] [READERS]
import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// Every gate wants 200 comparisons: books, authors and the shop take three turns each of the sixteen.
const requests = [
  ["GET", "/books/1"],
  ["GET", "/books/7"],
  ["GET", "/books/99"],
  ["HEAD", "/books/3"],
  ["GET", "/books/2?_expand=author"],
  ["GET", "/authors/1"],
  ["GET", "/authors/2"],
  ["GET", "/authors/3"],
  ["GET", "/authors/1?_embed=books"],
  ["GET", "/books"],
  ["GET", "/books?id=5"],
  ["GET", "/books?q=dawn"],
  ["GET", "/books?_page=2&_limit=3"],
  ["GET", "/shop"],
  ["GET", "/shop?from=books"],
  ["GET", "/shop?from=authors"],
];

/** Of all traffic. */
let readersSoFar = 0;

function ask(agent, url, method, path, reader) {
  return new Promise((resolve) => {
    const request = http.request(new URL(path, url), {
      method,
      agent,
      headers: { cookie: `reader=${reader}` },
    });
    request.once("error", () => resolve(0));
    request.once("response", (answer) => {
      answer.resume();
      answer.once("close", () => resolve(answer.complete ? answer.statusCode : 0));
    });
    request.end();
  });
}

/** So many requests over so many seconds; resolves with counts by status, 0 being a failed request. */
export async function sendTraffic(url, { requests: wanted = 1500, seconds = 3, readers = 32 } = {}) {
  const begun = performance.now();
  const byStatus = {};
  let sent = 0;
  await Promise.all(
    Array.from({ length: readers }, async (_, number) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      let reader = readersSoFar++;
      for (let turn = number; sent < wanted; turn++) {
        if (turn >= number + requests.length && (turn - number) % requests.length === 0)
          reader = readersSoFar++;
        const due = begun + (sent++ / wanted) * seconds * 1000;
        await delay(Math.max(0, due - performance.now()));
        const [method, path] = requests[turn % requests.length];
        const status = await ask(agent, url, method, path, `reader-${reader}`);
        byStatus[status] = (byStatus[status] ?? 0) + 1;
      }
      agent.destroy();
    }),
  );
  return byStatus;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = "http://127.0.0.1:8080", ...numbers] = process.argv.slice(2);
  const [count, seconds, readers] = numbers.map(Number);
  console.log(await sendTraffic(url, { requests: count, seconds, readers }));
}
