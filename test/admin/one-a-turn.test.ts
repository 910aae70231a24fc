import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { OneATurn } from "../../src/admin/one-a-turn.ts";

test("requests that come at once are handled in their order, with a turn of the event loop between", async () => {
  const handled: string[] = [];
  let turn = 0;
  const turns = new OneATurn(({ url }, response) => {
    handled.push(`${url} in turn ${turn}`);
    response.end(url);
  });
  const server = createServer((request, response) => turns.take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // One packet: the server reads all three in one turn.
  const client = connect({ port, host: "127.0.0.1" });
  let text = "";
  client.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  const count = () => {
    turn++;
    if (handled.length < 3) setImmediate(count);
  };
  client.write(["/a", "/b", "/c"].map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(""));
  setImmediate(count);
  while (!text.endsWith("/c")) await new Promise(setImmediate);
  client.destroy();
  server.close();
  expect(handled.map((line) => line.slice(0, 2))).toEqual(["/a", "/b", "/c"]);
  expect(new Set(handled.map((line) => line.slice(3))).size).toBe(3);
});
