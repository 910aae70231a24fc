import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a side answers. */
export interface PlannedAnswer {
  readonly reason: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailer: string;
}

/** Two upstreams, whose answers are planned by the `x-plan` of the request. */
export class PlannedSides {
  readonly answers = new Map<string, Readonly<Record<"legacy" | "modern", PlannedAnswer>>>();
  readonly ports: Record<string, number> = {};
  /** Tokens of the front door's that say who a client is. */
  readonly identities = new Set<string>();
  private readonly servers: Server[] = [];

  async listen(): Promise<void> {
    for (const side of ["legacy", "modern"] as const) {
      const server = createServer({ insecureHTTPParser: true }, (request, response) => {
        request.resume().on("end", () => {
          const planned = this.answers.get(String(request.headers["x-plan"]))?.[side];
          const identity = request.headers["x-fig-identity"];
          if (typeof identity === "string") {
            this.identities.add(identity);
            // Both say it, and differ.
            const said = JSON.stringify({
              side,
              who: identity,
              list: [`Bearer ${identity}`],
              text: `got ${identity}`,
            });
            return void response
              .writeHead(200, { "content-type": "application/json", "x-listed": identity })
              .end(said);
          }
          if (planned === undefined) return void response.writeHead(404).end();
          const { reason, headers, body, trailer } = planned;
          const fields = [...headers, ["trailer", "x-last"] as const].flat();
          response.writeHead(200, reason, fields);
          response.write(body);
          response.addTrailers({ "x-last": trailer });
          response.end();
        });
      });
      server.on("upgrade", (_request, socket) => {
        socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      });
      this.servers.push(server.listen(0, "127.0.0.1"));
      await once(server, "listening");
      this.ports[side] = (server.address() as AddressInfo).port;
    }
  }

  close(): void {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}
