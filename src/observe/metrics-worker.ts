/** The rendering thread's entry: prom-client lives here, so that a scrape costs the clients' thread a copy and no more. */
import { parentPort } from "node:worker_threads";
import { Exposition } from "./exposition.ts";
import type { MetricsMessage } from "./metrics-snapshot.ts";
import { processMetrics } from "./node-metrics.ts";

const port = parentPort;
if (port === null) throw new Error("metrics-worker runs as a worker thread only");

const ofProcess = processMetrics();
let exposition: Exposition | undefined;

async function render(scrape: Exposition, ofThread: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = `${await scrape.text()}\n${await ofProcess.metrics()}\n${ofThread}`;
  return new TextEncoder().encode(text);
}

port.on("message", (message: MetricsMessage) => {
  exposition ??= new Exposition();
  if (message.kind === "routes") {
    for (const route of message.routes) exposition.route(route);
    return;
  }
  const scrape = exposition;
  exposition = undefined;
  scrape.rest(message.gauges, message.build);
  // A failure ends the thread; the scrape is answered 503 and the next one starts another.
  render(scrape, message.ofThread).then(
    (body) => port.postMessage(body, [body.buffer]),
    (error: unknown) => {
      throw error;
    },
  );
});
