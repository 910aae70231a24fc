import { MessageChannel, type MessagePort } from "node:worker_threads";
import { systemClock } from "../../src/clock.ts";
import { serveOver } from "../../src/serving/channel/far.ts";
import type { Channel } from "../../src/serving/channel/messages.ts";
import { NearEnd } from "../../src/serving/channel/near.ts";
import type { CreateServing } from "../../src/serving/contract.ts";
import { Serving } from "../../src/serving/serving.ts";

/** So long an order is on its way: who does not wait for its answer is found out. Timers of one length keep their order. */
const DELAY_MS = 15;
const quietLog = { info: () => {}, warn: () => {}, error: () => {} };

function channelOf(port: MessagePort, delayMs: number): Channel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) =>
      port.on("message", (message) => {
        if (delayMs > 0) setTimeout(listener, delayMs, message);
        else listener(message);
      }),
  };
}

/**
 * Serving at the other end of a channel, as another process would have it: all that passes is cloned, and takes its time. `close` ends
 * the channel.
 */
export function overAChannel(): { readonly create: CreateServing; close(): void } {
  const ports: MessagePort[] = [];
  return {
    create(config, events) {
      const { port1: near, port2: far } = new MessageChannel();
      ports.push(near, far);
      serveOver(
        channelOf(far, DELAY_MS),
        structuredClone(config),
        (given, heard) => new Serving(given, heard, { clock: systemClock, log: quietLog, quiet: true }),
      );
      return new NearEnd(channelOf(near, 0), events);
    },
    close() {
      for (const port of ports) port.close();
    },
  };
}
