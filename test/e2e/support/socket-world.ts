import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket } from "ws";
import { createFrontDoor, type FrontDoor } from "../../../src/index.ts";
import { until } from "../until.ts";

export interface SideEvent {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly event: {
    readonly body?: string;
    readonly isBase64Encoded: boolean;
    readonly headers?: Readonly<Record<string, string>>;
    readonly queryStringParameters?: Readonly<Record<string, string>>;
    readonly requestContext: Readonly<Record<string, unknown>> & { readonly connectionId: string };
  };
}

type Answer = (event: SideEvent, response: ServerResponse) => void;

/** A side that hears events as JSON; what it answers may be set. */
export class Side {
  readonly events: SideEvent[] = [];
  answer: Answer = (_event, response) => response.end();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => this.hear(request, response));
  }

  static async start(): Promise<Side> {
    const side = new Side();
    await new Promise<void>((resolve) => side.server.listen(0, "127.0.0.1", resolve));
    return side;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  of(type: string): readonly SideEvent[] {
    return this.events.filter(({ event }) => event.requestContext.eventType === type);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private hear(request: IncomingMessage, response: ServerResponse): void {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const heard = {
        path: request.url ?? "",
        headers: request.headers,
        event: JSON.parse(text) as SideEvent["event"],
      };
      this.events.push(heard);
      this.answer(heard, response);
    });
  }
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client that keeps what it hears. */
export class Client {
  readonly heard: string[] = [];
  readonly socket: WebSocket;
  private told = 0;
  /** Once it is closed. */
  readonly closed: Promise<Closed>;
  /** Of a handshake that was refused. */
  refused:
    | { readonly status: number; readonly headers: IncomingMessage["headers"]; readonly body: string }
    | undefined;

  constructor(
    url: string,
    protocols: readonly string[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.socket = new WebSocket(url.replace("http", "ws"), [...protocols], { headers });
    this.socket.on("message", (data) => this.heard.push(data.toString()));
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** It is open; rejects with the status of a refusal. */
  async open(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("unexpected-response", (_request, response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => {
          this.refused = { status: response.statusCode ?? 0, headers: response.headers, body };
          reject(new Error(String(response.statusCode)));
        });
      });
    });
    return this;
  }

  say(value: unknown): void {
    this.socket.send(typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  }

  /** The next message that is not told yet; or, of all that come, this one. */
  async hears(count = this.told + 1): Promise<string> {
    await until(
      () => this.heard.length,
      (heard) => heard >= count,
    );
    this.told = count;
    return this.heard[count - 1] as string;
  }
}

export interface Listening {
  readonly door: FrontDoor;
  readonly url: string;
  readonly adminUrl: string;
}

/** A front door in this process, from a value or a file. */
export async function startDoor(config: object | string): Promise<Listening> {
  const usual = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" };
  const whole = typeof config === "string" ? config : { ...usual, ...config };
  const door = createFrontDoor(whole as never, { quiet: true });
  const { url, adminUrl } = await door.listen();
  return { door, url, adminUrl };
}
