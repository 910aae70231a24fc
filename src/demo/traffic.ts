import { Agent, type ClientRequest, request } from "node:http";
import { CUSTOMER_COUNT, ORDER_COUNT, PRODUCT_COUNT } from "./shop-data.ts";

export interface TrafficCounts {
  readonly requests: number;
  /** No answer, a broken one, or a status of 400 and above. */
  readonly failed: number;
}

interface Traffic {
  counts(): TrafficCounts;
  /** Lets what is under way finish. */
  stop(): Promise<void>;
}

const CLIENT_COUNT = 60;
const TICK_MS = 25;
const SEARCHES = ["lamp", "blue", "old", "rug", "desk"];

/** Repeatable choices: the constants of Numerical Recipes' linear congruential generator. */
function choices(): (below: number) => number {
  let state = 20_260_101;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Wanted {
  readonly method: "GET" | "POST";
  readonly path: string;
}

function wanted(choose: (below: number) => number): Wanted {
  const draw = choose(100);
  const get = (path: string): Wanted => ({ method: "GET", path });
  if (draw < 20) return get("/api/products");
  if (draw < 42) return get(`/api/products/${1 + choose(PRODUCT_COUNT)}`);
  if (draw < 66) return get(`/api/orders/${1 + choose(ORDER_COUNT)}`);
  if (draw < 75) return get("/api/orders");
  if (draw < 84) return get(`/api/search?q=${SEARCHES[choose(SEARCHES.length)]}`);
  if (draw < 88) return { method: "POST", path: "/api/orders" };
  if (draw < 93) return get(`/api/customers/${1 + choose(CUSTOMER_COUNT)}`);
  return get(draw < 97 ? "/api/cart" : "/");
}

/**
 * Sixty clients, each with its device cookie and one keep-alive connection, together `rate` requests a second. A client
 * asks again only when it was answered, so a slow front door is asked less and nothing piles up.
 */
export function startTraffic(url: string, rate: number): Traffic {
  const choose = choices();
  const agents = Array.from({ length: CLIENT_COUNT }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const busy = new Set<number>();
  const underWay = new Set<ClientRequest>();
  let requests = 0;
  let failed = 0;
  let due = 0;
  let next = 0;
  let stopping = false;
  let idle: (() => void) | undefined;

  const send = (client: number): void => {
    const { method, path } = wanted(choose);
    const body =
      method === "POST" ? JSON.stringify({ product: 1 + choose(PRODUCT_COUNT), quantity: 1 }) : undefined;
    const headers: Record<string, string> = {
      cookie: `device=phone-${client + 1}; theme=dark`,
      accept: "application/json",
    };
    if (body !== undefined) headers["content-type"] = "application/json";
    busy.add(client);
    const sent = request(new URL(path, url), { method, headers, agent: agents[client], timeout: 10_000 });
    underWay.add(sent);
    let over = false;
    const done = (ok: boolean): void => {
      if (over) return;
      over = true;
      requests++;
      if (!ok) failed++;
      busy.delete(client);
      underWay.delete(sent);
      if (busy.size === 0) idle?.();
    };
    sent.on("response", (response) => {
      response.resume();
      response.on("end", () => done(response.complete && (response.statusCode ?? 500) < 400));
      response.on("error", () => done(false));
      response.on("close", () => done(false));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", () => done(false));
    sent.end(body);
  };

  const timer = setInterval(() => {
    due = Math.min(due + (rate * TICK_MS) / 1000, CLIENT_COUNT);
    for (let tried = 0; due >= 1 && tried < CLIENT_COUNT; tried++) {
      const client = next;
      next = (next + 1) % CLIENT_COUNT;
      if (busy.has(client)) continue;
      due--;
      send(client);
    }
  }, TICK_MS);

  return {
    counts: () => ({ requests, failed }),
    async stop() {
      if (stopping) return;
      stopping = true;
      clearInterval(timer);
      if (busy.size > 0) await new Promise<void>((resolve) => (idle = resolve));
      for (const agent of agents) agent.destroy();
    },
  };
}
