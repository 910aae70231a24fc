import { once } from "node:events";
import http, { type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What an upstream saw, so that fig's counts can be held against it. */
export interface Seen {
  /** Requests of clients it answered. */
  served: number;
  /** Shadows it received, by path. */
  readonly shadows: Map<string, number>;
}

/** An upstream whose answers follow from the path alone, and that can hold answers back until told. */
export interface CountingUpstream {
  readonly url: string;
  readonly seen: Seen;
  /** Requests for /held/… wait; this answers all that do, and gives their number. */
  release(): number;
  close(): Promise<void>;
}

/**
 * Answers `{"path": …}`; /differs/… also names the side, /fails/… is a 500 on legacy and so inconclusive, /held/… waits
 * for release().
 */
export async function startCountingUpstream(side: "legacy" | "modern"): Promise<CountingUpstream> {
  const seen: Seen = { served: 0, shadows: new Map() };
  let held: (() => void)[] = [];
  const answer = (response: ServerResponse, path: string) => {
    const value = path.startsWith("/differs/") ? { path, side } : { path };
    const status = path.startsWith("/fails/") && side === "legacy" ? 500 : 200;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    request.resume();
    if (request.headers["x-fig-shadow"] === undefined) seen.served++;
    else seen.shadows.set(path, (seen.shadows.get(path) ?? 0) + 1);
    if (path.startsWith("/held/") && side === "legacy") held.push(() => answer(response, path));
    else answer(response, path);
  });
  // Longer than any test, so that no connection is closed under a request.
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    release: () => {
      const waiting = held;
      held = [];
      for (const go of waiting) go();
      return waiting.length;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
