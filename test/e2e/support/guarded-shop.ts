import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFrontDoor, type FigConfig, type FrontDoor } from "../../../src/index.ts";
import { askAdmin } from "../fig-process.ts";

type Answer = (response: ServerResponse, count: number) => void;

const fine: Answer = (response) => response.end('{"total":1}');
const some =
  (of: number, bad: Answer): Answer =>
  (response, count) =>
    count % of === 0 ? bad(response, count) : fine(response, count);

function tail(ms: number): Answer {
  return some(10, (response) => setTimeout(() => fine(response, 0), ms));
}

/** What modern may do. */
export const MODERN = {
  fine,
  failing: some(20, (response) => response.writeHead(500).end("no")),
  failingAlways: ((response) => response.writeHead(500).end("no")) as Answer,
  brokenOff: ((response) => response.destroy()) as Answer,
  refusing: ((response) => response.writeHead(401).end("who?")) as Answer,
  slow: ((response) => setTimeout(() => fine(response, 0), 60)) as Answer,
  /** One answer in ten takes so long, and legacy's usual tail is the first of them. */
  tail: tail(300),
  tailSlowerByHalf: tail(450),
  wrongTotals: some(100, (response) => response.end('{"total":2}')),
} as const;

class Upstream {
  answer: Answer = fine;
  /** Requests so far. */
  count = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((incoming, response) => {
      incoming.resume();
      response.setHeader("content-type", "application/json");
      this.answer(response, this.count++);
    });
  }

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    await new Promise<void>((resolve) => upstream.server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** A door, and what its clients got. */
export class Shop {
  readonly folder = mkdtempSync(join(tmpdir(), "fig-guards-"));
  readonly doors: { readonly door: FrontDoor; readonly url: string; readonly adminUrl: string }[] = [];
  readonly statuses = new Map<number, number>();
  readonly legacy: Upstream;
  readonly modern: Upstream;
  private readonly agent = new Agent({ keepAlive: true });
  private clients: Promise<void>[] = [];
  private over = false;
  private users = 0;

  private constructor(legacy: Upstream, modern: Upstream) {
    this.legacy = legacy;
    this.modern = modern;
  }

  static async open(): Promise<Shop> {
    return new Shop(await Upstream.start(), await Upstream.start());
  }

  get sqlite(): string {
    return `sqlite:${join(this.folder, "state.db")}`;
  }

  async door(state: string, route: object = {}, more: Partial<FigConfig> = {}): Promise<void> {
    const door = createFrontDoor(
      {
        listen: "127.0.0.1:0",
        admin: "127.0.0.1:0",
        state,
        accessLog: { sample: 0 },
        upstreams: { legacy: this.legacy.url, modern: this.modern.url },
        guards: true,
        routes: [
          {
            id: "shop",
            match: { path: "/{all+}" },
            legacy: "legacy",
            modern: "modern",
            sticky: ["header:x-user"],
            start: { modern: 25, shadow: 0 },
            ...route,
          },
        ],
        ...more,
      } as FigConfig,
      { quiet: true },
    );
    const { url, adminUrl } = await door.listen();
    this.doors.push({ door, url, adminUrl });
  }

  /** Each of so many clients asks once in `everyMs`, each time as another user. */
  load(clients: number, everyMs: number): void {
    this.clients = Array.from({ length: clients }, async (_, index) => {
      const { url } = this.doors[index % this.doors.length] as Shop["doors"][number];
      while (!this.over) {
        const status = await this.ask(url);
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    });
  }

  shift(modern: number, shadow = 0): Promise<unknown> {
    return this.admin("POST", "/routes/shop/shift", { modern, shadow, reason: `to ${modern}` });
  }

  admin<Answer = unknown>(method: "GET" | "POST", path: string, body?: object, door = 0): Promise<Answer> {
    return askAdmin<Answer>(this.doors[door]?.adminUrl ?? "", method, path, body);
  }

  /** Requests of clients so far. */
  get answered(): number {
    return [...this.statuses.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Of modern, on each door, as it is in force there. */
  async positions(): Promise<readonly number[]> {
    return Promise.all(
      this.doors.map(async ({ adminUrl }) => {
        const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
        return Number(/fig_position_percent\{route="shop",kind="modern"\} (\S+)/.exec(metrics)?.[1]);
      }),
    );
  }

  private ask(url: string): Promise<number> {
    const headers = { "x-user": `user-${this.users++}` };
    return new Promise((resolve) => {
      const asked = request(`${url}/cart`, { agent: this.agent, headers }, (answer) => {
        answer.resume();
        answer.on("close", () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0));
      });
      asked.on("error", () => resolve(0));
      asked.end();
    });
  }

  async close(): Promise<void> {
    this.over = true;
    await Promise.all(this.clients);
    this.agent.destroy();
    await Promise.all(this.doors.map(({ door }) => door.close()));
    this.legacy.close();
    this.modern.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
