import http, { type ClientRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Behaviour } from "./switched-side.ts";

const GIVE_UP_MS = 15_000;
/** A body in two parts: the second one when the first has long gone out. */
const PART_MS = 20;
const USERS = 397;

/** One request of a load, and what came of it. */
export interface Asked {
  readonly id: string;
  readonly method: "GET" | "HEAD" | "POST";
  readonly user: string;
  /** What modern did when it was sent. */
  readonly during: Behaviour;
  /** 0: there was no whole answer. */
  status: number;
  /** Who wrote the answer; undefined: the front door itself. */
  from: string | undefined;
  /** The id that the answer is for. */
  answerId: string | undefined;
  body: string;
  error: string | undefined;
}

interface OpenLoadOptions {
  readonly url: string;
  /** Requests a second, however long the answers take. */
  readonly rate: number;
  readonly during: () => Behaviour;
}

/** GET, HEAD and every tenth a POST, of many users, over kept-alive connections, at a rate that waits for no answer. */
export class OpenLoad {
  readonly asked: Asked[] = [];
  private readonly options: OpenLoadOptions;
  private readonly agent = new http.Agent({ keepAlive: true, scheduling: "fifo", maxFreeSockets: 1024 });
  private readonly waiting = new Set<Promise<void>>();
  private readonly loop: Promise<void>;
  private stopped = false;

  constructor(options: OpenLoadOptions) {
    this.options = options;
    this.loop = this.send();
  }

  /** Sends no more, and waits until every request has come to something. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
    await Promise.all(this.waiting);
    this.agent.destroy();
  }

  private async send(): Promise<void> {
    const began = performance.now();
    while (!this.stopped) {
      const due = ((performance.now() - began) * this.options.rate) / 1000;
      while (this.asked.length < due) {
        const one = this.ask(this.asked.length);
        this.waiting.add(one);
        void one.finally(() => this.waiting.delete(one));
      }
      await delay(2);
    }
  }

  private ask(n: number): Promise<void> {
    const method = n % 10 === 9 ? "POST" : n % 5 === 1 ? "HEAD" : "GET";
    const asked: Asked = {
      id: `storm-${n}`,
      method,
      user: `user-${(n * 7919) % USERS}`,
      during: this.options.during(),
      status: 0,
      from: undefined,
      answerId: undefined,
      body: "",
      error: undefined,
    };
    this.asked.push(asked);
    return new Promise((resolve) => {
      const failed = (error: Error) => {
        asked.status = 0;
        asked.error = error.message;
        resolve();
      };
      const request = http.request(new URL(n % 7 === 0 ? "/differs" : "/same", this.options.url), {
        method,
        agent: this.agent,
        headers: { "x-request-id": asked.id, "x-user-id": asked.user, ...framingOf(method, n) },
        timeout: GIVE_UP_MS,
      });
      request.once("error", failed);
      request.once("timeout", () => request.destroy(new Error("no answer in time")));
      request.once("response", (response) => {
        response.setEncoding("latin1").on("data", (chunk: string) => {
          asked.body += chunk;
        });
        response.once("error", failed);
        response.once("close", () => {
          if (!response.complete) return failed(new Error("the answer was cut short"));
          asked.status = response.statusCode ?? 0;
          asked.from = response.headers["x-upstream"] as string | undefined;
          asked.answerId = response.headers["x-answer-id"] as string | undefined;
          resolve();
        });
      });
      finish(request, method, n);
    });
  }
}

const PART = "x".repeat(200);

function framingOf(method: string, n: number): Record<string, string | number> {
  if (method !== "POST") return {};
  return n % 20 < 10 ? { "transfer-encoding": "chunked" } : { "content-length": PART.length * 2 };
}

/** Half of the POSTs' bodies, of either framing, come in two parts. */
function finish(request: ClientRequest, method: string, n: number): void {
  if (method !== "POST") request.end();
  else if (n % 40 < 20) request.end(PART + PART);
  else {
    request.write(PART);
    setTimeout(() => request.end(PART), PART_MS);
  }
}
