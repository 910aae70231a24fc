import http from "node:http";
import type { Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A client that keeps one connection. `ask` fails unless the answer was complete. */
export class KeepAliveClient {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  private readonly url: string;
  /** Every connection it ever had. */
  readonly sockets = new Set<Socket>();

  constructor(url: string) {
    this.url = url;
  }

  ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request(new URL(path, this.url), { method, headers, agent: this.agent });
      request.once("error", reject);
      request.once("socket", (socket) => this.sockets.add(socket));
      request.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("close", () => {
          if (response.complete)
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          else reject(new Error(`${method} ${path}: the answer was cut short`));
        });
      });
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
