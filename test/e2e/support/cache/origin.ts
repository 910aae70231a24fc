import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { OriginAnswer } from "./case.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** An origin that answers by scripts, one for all paths below `/route/name`. Another path gets what `otherwise` says. */
export class ScriptedOrigin {
  readonly server: Server;
  /** Requests of a script, oldest first. */
  readonly seen = new Map<string, Seen[]>();
  otherwise: OriginAnswer = { status: 404 };
  private readonly scripts = new Map<string, readonly OriginAnswer[]>();

  constructor() {
    this.server = createServer(
      { keepAliveTimeout: 600_000, requestTimeout: 0, insecureHTTPParser: true },
      (request, response) => {
        request.resume();
        void this.answer(request, response);
      },
    );
    this.server.on("clientError", (_error, socket) => socket.destroy());
  }

  async listen(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  /** `path`: `/route/name`. */
  script(path: string, answers: readonly OriginAnswer[]): void {
    this.scripts.set(path, answers);
    this.seen.set(path, []);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    const place = url.split(/[/?]/, 3).join("/");
    const seen = this.seen.get(place) ?? [];
    if (!this.seen.has(place)) this.seen.set(place, seen);
    seen.push({ method: request.method ?? "", url, headers: request.headers });
    const number = seen.length;
    const answers = this.scripts.get(place) ?? [this.otherwise];
    const {
      status = 200,
      headers = {},
      body = `answer ${number}`,
      delayMs,
      chunked,
      trailers,
      fault,
    } = answers[Math.min(number, answers.length) - 1] as OriginAnswer;
    if (delayMs !== undefined) await delay(delayMs);
    if (fault === "hang") return;
    if (fault === "no-head") {
      response.socket?.destroy();
      return;
    }
    const bodiless = status === 204 || status === 304 || request.method === "HEAD";
    if (fault === "until-close") {
      response.useChunkedEncodingByDefault = false;
      response.setHeader("connection", "close");
    } else if (chunked !== true && status !== 204 && status !== 304) {
      response.setHeader("content-length", Buffer.byteLength(body));
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string | string[]);
    response.writeHead(status);
    if (bodiless) {
      response.end();
    } else if (fault === "half") {
      response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
    } else {
      if (body !== "") response.write(body);
      if (trailers !== undefined) response.addTrailers({ ...trailers });
      response.end();
    }
  }
}
