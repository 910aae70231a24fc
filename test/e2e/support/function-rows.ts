import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { AnswerRow, RequestRow } from "../../../scripts/functions-table/row.ts";
import { createFrontDoor } from "../../../src/index.ts";

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly fields: readonly string[];
  /** Latin1. */
  readonly body: string;
}

/** What stands before functions: fig, or another. */
export interface FunctionDoor {
  /** The event of a request; undefined: no function was asked, and the status is the answer's. */
  eventOf(row: RequestRow): Promise<unknown>;
  answerOf(row: AnswerRow): Promise<RawAnswer>;
  close(): Promise<void>;
}

function headOf(
  method: string,
  target: string,
  fields: RequestRow["fields"],
  body: string | undefined,
): string {
  const length: RequestRow["fields"] = body === undefined ? [] : [["Content-Length", String(body.length)]];
  const lines = [["Host", "shop.test"], ...fields, ...length, ["Connection", "close"]];
  return `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body ?? ""}`;
}

/** Sends bytes as they are, and reads to the end of the connection. */
export function exchanged(port: number, row: Pick<RequestRow, "method" | "target" | "fields" | "body">) {
  return new Promise<RawAnswer>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject).on("end", () => resolve(answerIn(Buffer.concat(chunks).toString("latin1"))));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${row.method} ${row.target}`)));
    socket.write(headOf(row.method, row.target, row.fields, row.body), "latin1");
  });
}

function answerIn(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const fields = lines.flatMap((each) => {
    const colon = each.indexOf(":");
    return [each.slice(0, colon), each.slice(colon + 1).trim()];
  });
  return { status: Number(line.split(" ")[1]), fields, body: text.slice(end + 4) };
}

/** Lambda's Invoke, for one caller: keeps the last event, and returns what it was told to. */
async function startFunctions() {
  const state: { event: unknown; returned: string } = { event: undefined, returned: '{"statusCode":200}' };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      state.event = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      response.end(state.returned);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { state, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A front door in this process, before one function. */
export async function startFigDoor(payload: "1.0" | "2.0"): Promise<FunctionDoor> {
  const { state, server, url } = await startFunctions();
  const upstream = { lambda: { function: "shop", payload, region: "eu-central-1", endpoint: url } };
  const door = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", upstreams: { shop: upstream } },
      routes: [
        { id: "pets", match: { path: "/pets/{id}", methods: ["GET"] }, modern: "shop", retired: true },
        { id: "all", match: { path: "/{proxy+}" }, modern: "shop", retired: true },
      ],
    },
    { quiet: true, env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" } },
  );
  const ready = await door.listen();
  const port = Number(new URL(ready.url).port);
  return {
    async eventOf(row) {
      state.event = undefined;
      state.returned = '{"statusCode":200}';
      await exchanged(port, row);
      return state.event;
    },
    answerOf(row) {
      state.returned = row.returned;
      return exchanged(port, { method: "GET", target: "/answer", fields: [], body: undefined });
    },
    async close() {
      await door.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
