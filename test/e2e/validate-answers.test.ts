import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runFig, startFig } from "./in-process.ts";
import { until } from "./until.ts";

const DOCUMENT = `
openapi: 3.1.0
info: { title: shop, version: "1" }
paths:
  /items/{id}:
    get:
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
components:
  schemas:
    Item: { type: object, required: [id], properties: { id: { type: string }, price: { type: number } } }
`;

/** What each side answers to an item. */
const ITEMS: Readonly<Record<string, readonly [legacy: string, modern: string]>> = {
  same: ['{"id":"a","price":1}', '{"id":"a","price":1}'],
  modern: ['{"id":"a","price":1}', '{"id":"a","price":"my-secret-value"}'],
  both: ['{"id":7}', '{"id":7}'],
  legacy: ['{"price":1}', '{"id":"a","price":1}'],
};

let url = "";
let adminUrl = "";
const closing: (() => unknown)[] = [];

async function side(which: 0 | 1): Promise<string> {
  const server = createServer((incoming, response) => {
    const item = (incoming.url ?? "").split("/").at(-1) ?? "";
    response.writeHead(200, { "content-type": "application/json" }).end(ITEMS[item]?.[which]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-validate-answers-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "openapi.yaml"), DOCUMENT);
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\ndefault: old
upstreams: { old: "${await side(0)}", new: "${await side(1)}" }
documents: { shop: openapi.yaml }
policies: { validate: { openapi: shop, answers: report } }\n`,
  );
  // What differs in price is ignored: the document alone finds it.
  const route = (id: string, modern: number) =>
    `  - { id: ${id}, match: { path: "/items/{id}", headers: { x-to: ${id} } }, modern: new, start: { modern: ${modern}, shadow: 100 }, compare: { control: 100, ignore: ["$.price", "$.id"] } }\n`;
  writeFileSync(join(folder, "routes/all.yaml"), `routes:\n${route("ahead", 0)}${route("behind", 100)}`);
  const fig = await startFig(join(folder, "fig.yaml"));
  ({ url, adminUrl } = fig.ready);
  closing.unshift(() => fig.stop());
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function json(args: readonly string[]) {
  return JSON.parse((await runFig([...args, "--admin", adminUrl, "--json"])).stdout);
}

const RULE = "GET /items/{id} /components/schemas/Item/properties";

test.each(["ahead", "behind"])(
  "what modern alone breaks is a mismatch, whichever side serves: %s",
  async (route) => {
    for (const item of Object.keys(ITEMS)) {
      const { status } = await fetch(`${url}/items/${item}`, { headers: { "x-to": route } });
      expect(status).toBe(200);
    }
    const found = await until(
      async () => (await json(["status"])).routes.find(({ id }: { id: string }) => id === route).comparisons,
      ({ match, mismatch }) => match + mismatch === 4,
    );
    expect(found).toMatchObject({ match: 3, mismatch: 1 });
    const [row, ...more] = await json(["diff", route]);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ path: `${RULE}/price/type`, kind: "schema", count: 1, comparisons: 4 });
    expect(row.samples).toMatchObject([
      { legacy: '"as described"', modern: '"must be number"', target: "/items/modern" },
    ]);
    expect(JSON.stringify(row)).not.toContain("my-secret-value");
    const noticed = (await (
      await fetch(new URL(`/api/v1/noticed?route=${route}`, adminUrl))
    ).json()) as readonly { readonly document: unknown }[];
    expect(noticed[0]?.document).toEqual([
      { place: `${RULE}/id/type`, by: "both", count: 1 },
      { place: "GET /items/{id} /components/schemas/Item/required", by: "legacy", count: 1 },
    ]);
    const { stdout } = await runFig(["diff", route, "--admin", adminUrl]);
    expect(stdout.replaceAll(/\s+/g, "")).toContain(`${RULE}/price/type`.replaceAll(" ", ""));
    expect(stdout).toContain("both sides: GET /items/{id}");
    expect(stdout).toContain("legacy alone: GET /items/{id}");
    const metrics = await (await fetch(new URL("/metrics", adminUrl))).text();
    expect(metrics).toContain(`fig_mismatches_total{route="${route}",kind="schema"} 1`);
  },
);
