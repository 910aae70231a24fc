import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MismatchReport, RouteStatus, Status } from "../../src/control/contract.ts";
import { askAdmin } from "./fig-process.ts";
import { type ReadyDoor, startFig } from "./in-process.ts";
import { until } from "./until.ts";

let folder: string;
let fig: ReadyDoor;
const servers: Server[] = [];
/** Streams that nobody has ended, of both sides. */
let open = 0;

const event = (data: unknown, id: number) => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** A side that tells an answer word by word; its modern spells one word otherwise, sends comments of its own, and cuts events elsewhere. */
async function startTeller(modern: boolean): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    open++;
    response.on("close", () => open--);
    const words = ["the", modern && request.url === "/told" ? "grey" : "gray", "heron", "waits"];
    response.write(modern ? ": hello\r\n\r\n" : "");
    const told = words.map((word, at) => event({ word, at }, at + 1)).join("");
    let sent = 0;
    const piece = modern ? 7 : 23;
    const next = () => {
      response.write(told.slice(sent, sent + piece));
      sent += piece;
      if (sent < told.length) setTimeout(next, 2);
      else if (request.url !== "/feed") response.end();
    };
    next();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-streams-"));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  const upstreams = `upstreams: { legacy: "${await startTeller(false)}", modern: "${await startTeller(true)}" }`;
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\nroutes: routes\nmigrations: migrations\ndefault: legacy\n${upstreams}\n`,
  );
  const route = (id: string, time: string) =>
    `  - { id: ${id}, match: { path: /${id} }, modern: modern, start: { shadow: 100 }, shadow: { eventStreams: ${time} } }\n`;
  writeFileSync(
    join(folder, "routes", "told.yaml"),
    `routes:\n${route("told", "60s")}${route("same", "60s")}${route("feed", "200ms")}`,
  );
  fig = await startFig(join(folder, "fig.yaml"));
}, 120_000);

afterAll(async () => {
  await fig?.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const routeOf = ({ routes }: Status, route: string) => routes.find(({ id }) => id === route) as RouteStatus;
const counted = (route: string, enough: (status: RouteStatus) => boolean) =>
  until(
    () => askAdmin<Status>(fig.ready.adminUrl, "GET", "/status"),
    (status) => enough(routeOf(status, route)),
  );

test("Streams that end are compared event by event, however they are cut and whatever keeps them alive", async () => {
  for (let n = 0; n < 3; n++) {
    for (const path of ["told", "same"]) {
      const text = await (await fetch(`${fig.ready.url}/${path}`)).text();
      expect(text).toContain('{"word":"gray","at":1}');
    }
  }
  const status = await counted("told", ({ comparisons }) => comparisons.mismatch === 3);
  expect(routeOf(status, "told").comparisons).toMatchObject({ match: 0, mismatch: 3, inconclusive: 0 });
  const rows = await askAdmin<MismatchReport[]>(fig.ready.adminUrl, "GET", "/mismatches?route=told");
  expect(rows.map(({ path, kind, count }) => [path, kind, count])).toEqual([["$[*].data.word", "value", 3]]);
  expect(rows[0]?.samples[0]).toMatchObject({ legacy: '"gray"', modern: '"grey"' });
  const same = await counted("same", ({ comparisons }) => comparisons.match === 3);
  expect(routeOf(same, "same").comparisons).toMatchObject({ match: 3, mismatch: 0, inconclusive: 0 });
});

test("A feed that does not end reaches its client and is asked of legacy alone", async () => {
  let text = "";
  const before = open;
  const feed = get(`${fig.ready.url}/feed`, (response) => {
    response.on("data", (chunk) => {
      text += String(chunk);
    });
  }).on("error", () => {});
  await until(
    () => text,
    () => text.includes("waits"),
  );
  // Its copy is gone while it goes on.
  await until(
    () => fetch(`${fig.ready.adminUrl}/metrics`).then((answer) => answer.text()),
    (metrics) => /^fig_shadow_bytes_held 0$/m.test(metrics),
  );
  expect(open).toBe(before + 1);
  feed.destroy();
  const status = await counted("feed", ({ notCompared }) => notCompared.event_stream === 1);
  expect(routeOf(status, "feed").comparisons).toMatchObject({ match: 0, mismatch: 0, inconclusive: 0 });
});
