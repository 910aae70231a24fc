import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface AdminCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

export interface FakeAdmin {
  readonly origin: string;
  readonly port: number;
  readonly calls: AdminCall[];
}

export type AdminAnswer =
  | {
      readonly status: number;
      readonly body: unknown;
      readonly text?: string;
      /** Null: none, in an error too. */
      readonly stateId?: string | null;
      readonly awaySince?: string;
    }
  | undefined;

/** An HTTP server that answers as the test says; undefined leaves the request unanswered. */
export async function fakeAdmin(answer: (call: AdminCall) => AdminAnswer): Promise<FakeAdmin> {
  const calls: AdminCall[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const { authorization } = request.headers;
    const call = {
      method: request.method ?? "",
      path: request.url ?? "",
      body: text && JSON.parse(text),
      authorization,
    };
    calls.push(call);
    const found = answer(call);
    if (found === undefined) return;
    // Errors of an admin API always name their state.
    const usual = found.status >= 400 ? "fake" : null;
    const stateId = found.stateId === undefined ? usual : found.stateId;
    response.writeHead(found.status, {
      "content-type": "application/json",
      ...(stateId === null ? {} : { "x-fig-state": stateId }),
      ...(found.awaySince === undefined ? {} : { "x-fig-store-away": found.awaySince }),
    });
    response.end(found.text ?? JSON.stringify(found.body));
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, calls };
}

/** A port of loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
