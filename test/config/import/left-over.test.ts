import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblems, importOpenApi, loadConfig } from "../../../src/config/index.ts";
import { writeMade } from "./made-files.ts";

const OPTIONS = {
  ...({ as: "legacy", other: undefined, basePath: undefined, gateway: false } as const),
  ...{ variables: {}, documentPath: "api.yaml" },
};
const answers = { responses: { "200": { description: "x" } } };

async function made(more: object, options: Partial<typeof OPTIONS> = {}) {
  const source = JSON.stringify({ openapi: "3.0.3", info: { title: "T", version: "1" }, ...more });
  const result = importOpenApi("api.json", source, { ...OPTIONS, ...options });
  const loaded = await loadConfig(writeMade(result, source), {});
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  const notes = result.notes.flatMap(({ level, message }) =>
    level === "imported" ? [] : [`${level} ${message}`],
  );
  const routes = result.routes.map(
    ({ path, methods, legacy }) => `${methods?.join(",") ?? "ANY"} ${path} ${legacy}`,
  );
  return { result, notes, routes, fig: parse(result.fig) };
}

test("paths of other documents, that lead nowhere, or are none are named", async () => {
  const { notes, routes } = await made({
    paths: {
      "/a": { get: answers },
      "/away": { $ref: "./away.yaml#/get" },
      "/gone": { $ref: "#/components/pathItems/gone" },
      "/here": { $ref: "#/paths/~1x~1%7Bid%7D" },
      "/x/{id}": { get: answers, link: answers, put: null },
      bare: { get: answers },
      "/q?mode=fast": { get: answers },
      "/f#X-Target=a": { post: answers },
    },
  });
  expect(routes).toEqual(["GET /a api", "GET /here api", "GET /x/{id} api"]);
  expect(notes).toEqual(
    expect.arrayContaining([
      "left /away: it stands in another document, ./away.yaml#/get: bundle them into one",
      "left /gone: nothing stands at #/components/pathItems/gone",
      "left link /x/{id}: no method of OpenAPI 3.0 and 3.1",
      "left PUT /x/{id}: it is described by nothing, {} would do",
      "left bare: no path, since it begins with no slash",
      "left GET /q?mode=fast: its path has a query, ?mode=fast: write a route with match.query",
      "left POST /f#X-Target=a: its path has a fragment, #X-Target=a, which clients never send",
    ]),
  );
});

test("a document of which every path stands elsewhere says so", () => {
  const source = JSON.stringify({ openapi: "3.0.0", paths: { "/a": { $ref: "a.yaml" } } });
  expect(() => importOpenApi("api.json", source, OPTIONS)).toThrow(
    expect.objectContaining({ remedy: "/a: it stands in another document, a.yaml: bundle them into one" }),
  );
});

test("servers of a path or an operation are upstreams, and their paths stand before their routes", async () => {
  const document = {
    servers: [
      { url: "https://{region}.api.example/v1", variables: { region: { default: "eu" } } },
      { url: "https://eu.api.example/v2" },
    ],
    paths: {
      "/a": { get: answers },
      "/b": { servers: [{ url: "https://eu.api.example/b1/" }], get: answers },
      "/c": { post: { ...answers, servers: [{ url: "https://up.example" }] }, get: answers },
      "/d": { servers: [{ url: "/plain" }, { url: "/other" }], get: answers },
    },
  };
  const { notes, routes, fig } = await made(document);
  expect(routes).toEqual([
    "GET /v1/a api",
    "GET /b1/b api",
    "GET /v1/c api",
    "POST /c up-example",
    "GET /plain/d api",
  ]);
  expect(fig.upstreams).toEqual({
    api: { urls: ["https://eu.api.example"], host: "upstream" },
    "up-example": { urls: ["https://up.example"], host: "upstream" },
  });
  expect(notes).toEqual(
    expect.arrayContaining([
      "changed variables of the server: region is eu",
      "left further servers: https://eu.api.example/v2",
      "left further servers: /other",
    ]),
  );
  expect((await made(document, { basePath: "/" as never })).routes).toContain("POST /c up-example");
});

test("what the API itself asks of others, who may ask, and extensions of others are named", async () => {
  const { notes } = await made({
    "x-tag-groups": [],
    webhooks: { paid: { post: answers } },
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" }, unused: { type: "http" } } },
    security: [{ key: [] }],
    paths: { "/a": { post: { ...answers, "x-rate": 5, callbacks: { done: {} } } } },
  });
  expect(notes).toEqual([
    "changed no server is named: write the URL of upstream api",
    "left extensions of others, which are not looked at: x-rate, x-tag-groups",
    "left webhooks (1): requests that the API itself sends pass no route",
    "left POST /a: its callbacks: requests that the API itself sends pass no route",
    "left security scheme key (http bearer): the API itself checks it; policies.jwt, apiKeys or authorizer would here",
  ]);
});

test("a name of the path that may span segments is the rest of it, where it stands last", async () => {
  const spans = (name: string) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    "x-multi-segment": true,
  });
  const { notes, routes } = await made({
    paths: {
      "/contents/{path}": { parameters: [{ $ref: "#/components/parameters/path" }], get: answers },
      "/refs/{ref}/status": { get: { ...answers, parameters: [spans("ref")] } },
    },
    components: { parameters: { path: spans("path") } },
  });
  expect(routes).toEqual(["GET /contents/{path+} api", "GET /refs/{ref}/status api"]);
  expect(notes).toContain("changed GET /refs/{ref}/status: {ref} is one segment");
});
