import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Status } from "../../src/control/contract.ts";
import { authority } from "../backends/certificates.ts";
import { series } from "../support/series.ts";
import { askAdmin, runFig, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(
  server: ReturnType<typeof createServer> | ReturnType<typeof createHttps>,
  place: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<number> {
  server.listen(place);
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return "path" in place ? 0 : (server.address() as AddressInfo).port;
}

const saying =
  (text: string): Serve =>
  (_request, response) =>
    void response.end(text);

test("a front door over two addresses, a Unix socket and HTTPS: answers, log line, status and metrics say where each request went", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-upstreams-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ca = authority();
  const issued = ca.issue("secure", "IP:127.0.0.1");
  const good = await listening(createServer(saying("good")), { host: "127.0.0.1", port: 0 });
  await listening(
    createServer((_request, response) => void response.writeHead(503).end("ill")),
    { host: "127.0.0.2", port: good },
  );
  await listening(createServer(saying("socket")), { path: join(folder, "app.sock") });
  const port = await listening(createHttps({ cert: issued.cert, key: issued.key }, saying("secure")), {
    host: "127.0.0.1",
    port: 0,
  });
  const config = join(folder, "fig.yaml");
  writeFileSync(
    config,
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "memory:"
default: pair
upstreams:
  pair:
    urls: [http://127.0.0.2:${good}, http://127.0.0.1:${good}]
    retries: { on: [connect, 503] }
  socket: { urls: [unix:${join(folder, "app.sock")}] }
  secure: { urls: [https://127.0.0.1:${port}], tls: { ca: ${ca.certFile} } }
  strange: { urls: [https://127.0.0.1:${port}] }
`,
  );
  mkdirSync(join(folder, "routes"));
  writeFileSync(
    join(folder, "routes/r.yaml"),
    `routes:
  - { id: socket, match: { path: /socket }, modern: socket, retired: true }
  - { id: secure, match: { path: /secure }, modern: secure, retired: true }
  - { id: strange, match: { path: /strange }, modern: strange, retired: true }
`,
  );
  const fig = await startFig(config);
  onTestFinished(() => void fig.stop());
  const { url, adminUrl } = fig.ready;
  for (let i = 0; i < 4; i++) expect(await (await fetch(url)).text()).toBe("good");
  expect(await (await fetch(`${url}/socket`)).text()).toBe("socket");
  expect(await (await fetch(`${url}/secure`)).text()).toBe("secure");
  const strange = await fetch(`${url}/strange`);
  expect([strange.status, await strange.json()]).toMatchObject([
    502,
    { error: { code: "upstream_certificate" } },
  ]);

  const lines = () =>
    fig
      .output()
      .split("\n")
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as { tries?: unknown; detail?: string; route: string });
  await until(lines, (all) => all.length >= 5);
  expect(lines().filter(({ route }) => route === "(default)")[0]?.tries).toEqual([
    { upstream: "pair", address: `127.0.0.2:${good}`, result: "503" },
    { upstream: "pair", address: `127.0.0.1:${good}`, result: "answered" },
  ]);
  expect(lines().find(({ route }) => route === "strange")?.detail).toMatch(/^[A-Z_]+: /);

  const { upstreams = [] } = await askAdmin<Status>(adminUrl, "GET", "/status");
  expect(upstreams.find(({ name }) => name === "pair")).toMatchObject({
    members: [
      { url: `http://127.0.0.2:${good}`, address: `127.0.0.2:${good}`, condition: "up", requests: 0 },
      { address: `127.0.0.1:${good}`, condition: "up" },
    ],
    retries: 4,
    tries: { answered: 8 },
  });
  const metrics = series(await (await fetch(new URL("/metrics", adminUrl))).text());
  expect(metrics.get('fig_upstream_tries_total{upstream="pair",result="answered"}')).toBe(8);
  expect(metrics.get('fig_upstream_retries_total{upstream="pair"}')).toBe(4);
  expect(metrics.get('fig_upstream_tries_total{upstream="strange",result="certificate"}')).toBe(1);
  expect(metrics.get('fig_upstream_members{upstream="pair",condition="up"}')).toBe(2);
  const { stdout } = await runFig(["status", "-c", config, "--admin", adminUrl]);
  expect(stdout).toMatch(/UPSTREAM\s+ADDRESS\s+CONDITION\s+REQUESTS\s+IDLE\s+EJECTED/);
  expect(stdout).toMatch(new RegExp(`pair\\s+127\\.0\\.0\\.2:${good}\\s+up`));
});
