import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Pebble } from "../../support/pebble.ts";

/** An authority that says when to renew (RFC 9773), as pebble 2.4 does not: pebble behind it does all else. */
export async function sayingWhen(pebble: Pebble) {
  /** Ids of certificates that it was asked about. */
  const asked = new Set<string>();
  /** What new orders said that they replace. */
  const replaced: unknown[] = [];
  let window = { start: new Date(Date.now() + 3_600_000), end: new Date(Date.now() + 7_200_000) };
  const server = createServer({ cert: pebble.own.cert, key: pebble.own.key }, (message, answer) => {
    const id = /^\/renewal\/(.+)$/.exec(message.url ?? "")?.[1];
    if (id !== undefined) {
      asked.add(id);
      answer.end(JSON.stringify({ suggestedWindow: window }));
      return;
    }
    const { method, url: path, headers } = message;
    const to = { host: "127.0.0.1", port: pebble.port, ca: pebble.ca, servername: "localhost" };
    const onward = request({ ...to, method, path, headers }, (answered) => {
      const parts: Buffer[] = [];
      answered.on("data", (part: Buffer) => parts.push(part));
      answered.on("end", () => {
        let body = Buffer.concat(parts).toString();
        if (path === "/dir") {
          const renewalInfo = `https://localhost:${(server.address() as AddressInfo).port}/renewal`;
          body = JSON.stringify({ ...JSON.parse(body), renewalInfo });
        }
        const { "content-length": _length, ...kept } = answered.headers;
        answer.writeHead(answered.statusCode ?? 500, kept).end(body);
      });
    });
    const sent: Buffer[] = [];
    message.on("data", (part: Buffer) => {
      sent.push(part);
      onward.write(part);
    });
    message.on("end", () => {
      onward.end();
      const { payload = "" } = sent.length === 0 ? {} : JSON.parse(Buffer.concat(sent).toString());
      const said = payload === "" ? {} : JSON.parse(Buffer.from(payload, "base64url").toString());
      if ("identifiers" in said) replaced.push(said.replaces);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    ...{ asked, replaced },
    directory: `https://localhost:${(server.address() as AddressInfo).port}/dir`,
    wantNow() {
      window = { start: new Date(Date.now() - 60_000), end: new Date(Date.now() - 30_000) };
    },
  };
}
