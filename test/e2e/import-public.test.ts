import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import type { ImportResult } from "../../src/config/index.ts";
import { formatProblems, loadConfig } from "../../src/config/index.ts";
import { Random } from "../conformance/differential/random.ts";
import { type Described, describedBy, operationFor, readDocument } from "../support/described-api.ts";
import { explainerOf } from "../support/explainer.ts";
import { runFig } from "./in-process.ts";

/**
 * Documents of public APIs as packages ship them, and exports of API Gateway written anew, through `fig import` and `fig check`: the
 * routes are held against the document's own paths. A folder of further documents is FIG_OPENAPI_DOCUMENTS.
 */
const counterpart = createRequire(new URL("../counterparts/package.json", import.meta.url));
const folderOf = (name: string) => join(counterpart.resolve(`${name}/package.json`), "..");
const EXAMPLES = folderOf("@readme/oas-examples");
const WRITTEN = join(import.meta.dirname, "../config/import/documents");

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .filter((name) => /\.(?:json|ya?ml)$/.test(name))
    .map((name) => join(folder, name));
}

const PUBLIC = [
  ...["2.0", "3.0", "3.1"].flatMap((version) => filesIn(join(EXAMPLES, version, "json"))),
  join(EXAMPLES, "3.0/yaml/uspto.yaml"),
  join(EXAMPLES, "3.1/yaml/train-travel.yaml"),
  join(folderOf("@netlify/open-api"), "dist/swagger.json"),
  join(folderOf("@figma/rest-api-spec"), "openapi/openapi.yaml"),
  ...(process.env.FIG_OPENAPI_DOCUMENTS === undefined ? [] : filesIn(process.env.FIG_OPENAPI_DOCUMENTS)),
];

/** Of how many operations of a document requests are made; of larger ones of each second, third ... All are held against them. */
const MOST = 200;
/** What goes to the default upstream. */
const NO_ROUTE = "(default)";
const METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "PURGE"];

type Json = Readonly<Record<string, unknown>>;
const mapping = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};

interface Imported {
  readonly folder: string;
  readonly result: ImportResult;
  readonly isGateway: boolean;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function imported(file: string, command: "openapi" | "apigateway" = "openapi") {
  const folder = mkdtempSync(join(tmpdir(), "fig-import-public-"));
  folders.push(folder);
  mkdirSync(join(folder, "from"));
  const copy = join(folder, "from", basename(file));
  cpSync(file, copy);
  const { code, stdout, stderr } = await runFig(["import", command, copy, "--to", folder, "--json"]);
  return { folder, code, stderr, result: code === 0 ? (JSON.parse(stdout) as ImportResult) : undefined };
}

/** Names of captures do not matter to what a path takes. */
const shapeOf = (path: string) =>
  path
    .split("/")
    .map((segment) => (/\{/.test(segment) ? (/\+\}$/.test(segment) ? "{+}" : "{}") : decodeURI(segment)))
    .join("/");
const shapeOfSegments = ({ segments }: Described) =>
  `/${segments.map((one) => (one === "one" ? "{}" : one === "rest" ? "{+}" : one.literal)).join("/")}`;

const nameOf = ({ method, path }: Described) => `${method ?? "ANY"} ${path}`;

/** Which operations have a route, and that the others are named. */
function routed({ result }: Imported, described: readonly Described[]): readonly Described[] {
  const notes = result.notes.filter(({ level }) => level === "left").map(({ message }) => message);
  const routes = new Set(
    result.routes.flatMap(({ path, methods }) =>
      (methods ?? ["*"]).map((method) => `${method} ${shapeOf(path)}`),
    ),
  );
  return described.filter((operation) => {
    if (routes.has(`${operation.method ?? "*"} ${shapeOfSegments(operation)}`)) return true;
    const isPreflight =
      operation.method === "OPTIONS" && JSON.stringify(operation.value).includes("Allow-Origin");
    const named = notes.some((note) => note.startsWith(`${nameOf(operation)}: `));
    expect([nameOf(operation), isPreflight || named]).toEqual([nameOf(operation), true]);
    return false;
  });
}

let next = 1;

/** URLs of an operation and just beside it. `strict`: what takes it is told by the document alone. */
function urlsFor({ segments }: Described): readonly { readonly url: string; readonly strict: boolean }[] {
  const filled = (value: () => string, literal = (text: string) => encodeURI(text)) =>
    segments.map((one) =>
      one === "one" ? value() : one === "rest" ? `${value()}/b.txt` : literal(one.literal),
    );
  const plain = filled(() => `v${next++}-x`);
  const at = (parts: readonly string[]) => `/${parts.join("/")}`;
  const first = (text: string) =>
    /^[a-z]/i.test(text) ? `%${text.charCodeAt(0).toString(16)}${encodeURI(text.slice(1))}` : encodeURI(text);
  const strict = [
    at(plain),
    `${at(plain)}?a=1&b=%2F..%2F&c`,
    at(filled(() => "a%20b%C3%BC")),
    at(filled(() => "~:@!$&'()*+,=")),
    at(filled(() => "7", first)),
    at(
      filled(
        () => "v",
        (text) => encodeURI(text.toUpperCase()),
      ),
    ),
    `${at(plain)}/`,
    `${at(plain)}/zz-more`,
    `/zz-before${at(plain)}`,
    at(plain.slice(0, -1)),
    at(plain.slice(1)),
  ];
  const loose = [at(filled(() => "a%2Fb")), at(plain).replace(/\/(?=[^/]+$)/, "//"), `${at(plain)}/..`];
  return [
    ...strict.map((url) => ({ url: url === "" ? "/" : url, strict: !url.includes("//") })),
    ...loose.map((url) => ({ url, strict: false })),
  ];
}

/** Explains requests of all operations and beside them; gives how many were held against the document. */
async function held(made: Imported, described: readonly Described[]): Promise<number> {
  const loaded = await loadConfig(join(made.folder, "fig.yaml"), {});
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  const { explain, close } = await explainerOf(loaded.config);
  onTestFinished(close);
  const byId = new Map(made.result.routes.map((route) => [route.id, route]));
  const seen = new Set<string>();
  const wrong: unknown[] = [];
  const step = Math.ceil(described.length / MOST);
  for (const operation of described.filter((_, index) => index % step === 0)) {
    const undeclared = METHODS.filter(
      (method) => operationFor(described, method, operation.whole) === undefined,
    );
    for (const [index, { url, strict }] of urlsFor(operation).entries())
      for (const method of index === 0 ? METHODS : [operation.method ?? "PURGE", ...undeclared.slice(0, 1)]) {
        if (seen.has(`${method} ${url}`)) continue;
        seen.add(`${method} ${url}`);
        const expected = operationFor(described, method, url);
        const explained = (await explain(method, url)).route;
        const route = explained === NO_ROUTE ? null : explained;
        const found = route === null ? undefined : byId.get(route);
        const same =
          expected === undefined
            ? route === null
            : found !== undefined &&
              shapeOf(found.path) === shapeOfSegments(expected) &&
              (found.methods === null
                ? expected.method === null
                : found.methods.includes(expected.method ?? ""));
        // What could be read in two ways may be refused, and may not go elsewhere.
        if (!same && !(route === null && !strict))
          wrong.push([method, url, route, expected === undefined ? null : nameOf(expected)]);
      }
  }
  expect(wrong.slice(0, 10)).toEqual([]);
  return seen.size;
}

/** What the document has that no route can do is in the report. */
function expectNamed(document: Json, described: readonly Described[], { result, isGateway }: Imported): void {
  const notes = result.notes.filter(({ level }) => level !== "imported").map(({ message }) => message);
  const named = (pattern: RegExp) => expect(notes.join("\n")).toMatch(pattern);
  const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  for (const operation of described)
    if (operation.path.split("/").some((segment) => /\{/.test(segment) && !/^\{[^{}]+\}$/.test(segment)))
      named(new RegExp(`^${escaped(nameOf(operation))}: .*takes any segment`, "m"));
  if (Object.keys(mapping(document.webhooks)).length > 0) named(/^webhooks /m);
  for (const operation of described)
    if (Object.keys(mapping(operation.value.callbacks)).length > 0)
      named(new RegExp(`^${escaped(nameOf(operation))}: its callbacks`, "m"));
  const foreign = [document, ...described.map(({ value }) => value)].flatMap((part) =>
    Object.keys(part).filter((key) => key.startsWith("x-") && !key.startsWith("x-amazon-")),
  );
  if (foreign.length > 0) named(/^extensions of others, which are not looked at: x-/m);
  if (isGateway) return;
  if (document.swagger !== undefined) named(/validation: .*Swagger 2\.0/);
  const asked = described.flatMap(
    ({ value }) => (value.security ?? document.security ?? []) as readonly Json[],
  );
  for (const name of new Set(asked.flatMap((one) => Object.keys(one))))
    named(new RegExp(`^security scheme ${escaped(name)} \\(`, "m"));
  const servers = (document.servers ?? []) as readonly Json[];
  const rootIsAsked = described.some(({ value }) => value.servers === undefined);
  if (new Set(servers.map(({ url }) => url)).size > 1 && rootIsAsked) named(/^further servers: /m);
  if (/\{/.test(String(servers[0]?.url ?? "")) && rootIsAsked) named(/^variables of the server: /m);
}

const short = (file: string) => file.split("/").slice(-3).join("/");

describe.each([
  ...PUBLIC.map((file) => [short(file), file] as const),
  ...filesIn(WRITTEN).map((file) => [`written: ${basename(file)}`, file] as const),
])("%s", (_, file) => {
  test("its routes pass, and take what the document says, no more and no less", async () => {
    const { folder, code, stderr, result } = await imported(file);
    const document = readDocument(readFileSync(file, "utf8"));
    if (Array.isArray(document.items)) return expect(result?.routes.length).toBeGreaterThan(0);
    const isGateway = JSON.stringify(document.paths ?? {}).includes('"x-amazon-apigateway-');
    const all = describedBy(document, isGateway);
    if (all.length === 0) {
      expect([code, stderr]).toEqual([2, expect.stringContaining("there is no path with a method")]);
      return;
    }
    expect([code, stderr]).toEqual([0, ""]);
    const made: Imported = { folder, result: result as ImportResult, isGateway };
    const check = await runFig(["check", "-c", join(folder, "fig.yaml")]);
    expect([check.code, check.stdout + check.stderr]).toEqual([0, expect.stringMatching(/^ok /)]);
    expectNamed(document, all, made);
    const described = routed(made, all);
    expect(await held(made, described)).toBeGreaterThan(Math.min(MOST, described.length));
    // The command says what its function does. No front door of somebody else's is asked.
    const fig = join(folder, "fig.yaml");
    writeFileSync(fig, readFileSync(fig, "utf8").replace("127.0.0.1:9901", "127.0.0.1:1"));
    const [first] = described;
    if (first === undefined) return;
    const url = first.whole.replaceAll(/\{[^{}]*\}/g, "7");
    const told = await runFig([
      ...["explain", first.method ?? "PURGE", encodeURI(url)],
      ...["-c", join(folder, "fig.yaml"), "--json"],
    ]);
    const expected = operationFor(described, first.method ?? "PURGE", encodeURI(url));
    const route = made.result.routes.find(({ id }) => id === JSON.parse(told.stdout || "{}").route);
    expect([told.code, route === undefined ? undefined : shapeOf(route.path)]).toEqual([
      0,
      expected === undefined ? undefined : shapeOfSegments(expected),
    ]);
  });
});

test("the documents are those of a dozen public APIs and more", () => {
  const operations = PUBLIC.map(
    (file) => describedBy(readDocument(readFileSync(file, "utf8")), false).length,
  );
  expect(operations.filter((count) => count > 0).length).toBeGreaterThanOrEqual(50);
  expect(operations.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(900);
});

test("a document of 1,200 operations is one file of routes that passes, and each is named once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-import-large-"));
  folders.push(folder);
  const ok = {
    description: "ok",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
  };
  const operation = { responses: { "200": ok, "404": { description: "x".repeat(2000) } } };
  const paths = Object.fromEntries(
    Array.from({ length: 600 }, (_, n) => [
      `/group${n % 20}/{id}/things${n}/{thing-id}`,
      { get: operation, put: operation },
    ]),
  );
  const document = {
    ...{ openapi: "3.1.0", info: { title: "Large", version: "1" }, paths },
    servers: [{ url: "http://127.0.0.1:1" }],
    components: { schemas: { Thing: { type: "object" } } },
  };
  const file = join(folder, "large.json");
  writeFileSync(file, JSON.stringify(document, null, 2));
  const { code, result, ...made } = await imported(file);
  expect([code, result?.routes.length, result?.notes.length]).toEqual([0, 600, 600]);
  const check = await runFig(["check", "-c", join(made.folder, "fig.yaml")]);
  expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/: 600 routes, /)]);
});

const ANY = "x-amazon-apigateway-any-method";

/** Paths that meet: the same names, captures and parts of segments again and again. */
function drawnDocument(random: Random, isGateway: boolean): object {
  const names = ["a", "b", "a b", "ü", "A", "{x}", "{y}", "{z}", "~", "c;d"];
  const segment = () => random.pick(isGateway ? names : [...names, "v{x}.json"]);
  const last = () => random.pick(isGateway ? ["/{proxy+}", "", ""] : ["", "", "", "/"]);
  const operation = {
    responses: {},
    ...(isGateway
      ? { "x-amazon-apigateway-integration": { type: "http_proxy", uri: "http://127.0.0.1:1/x" } }
      : {}),
  };
  const paths: Record<string, object> = {};
  for (let n = 0; n < 14; n++) {
    const segments = Array.from({ length: 1 + random.below(4) }, segment);
    const drawn = ["get", "post", "put", "delete", ANY].filter(() => random.below(2) === 0);
    const methods = drawn.filter((method) => isGateway || method !== ANY);
    paths[`/${segments.join("/")}${last()}`] = Object.fromEntries(
      (methods.length === 0 ? ["get"] : methods).map((method) => [method, operation]),
    );
  }
  if (isGateway && random.chance(0.3)) paths.$default = { [ANY]: operation };
  if (isGateway && random.chance(0.3)) paths["/"] = { [random.pick(["get", ANY])]: operation };
  const servers = [{ url: "http://127.0.0.1:1/b" }];
  return { openapi: "3.0.3", info: { title: "Drawn", version: "1" }, servers, paths };
}

test.each(
  Array.from({ length: 40 }, (_, index) => [index + 1, index % 2 === 0 ? "openapi" : "apigateway"] as const),
)(
  "a document whose paths are drawn at random (seed %i, fig import %s): its routes take what it says",
  async (seed, command) => {
    const folder = mkdtempSync(join(tmpdir(), "fig-import-drawn-"));
    folders.push(folder);
    const isGateway = command === "apigateway";
    const document = drawnDocument(new Random(seed), isGateway);
    const file = join(folder, "drawn.json");
    writeFileSync(file, JSON.stringify(document, null, 1));
    const { code, stderr, result, ...rest } = await imported(file, command);
    expect([code, stderr]).toEqual([0, ""]);
    const made: Imported = { ...rest, result: result as ImportResult, isGateway };
    const described = routed(made, describedBy(document as Json, isGateway));
    expect(await held(made, described)).toBeGreaterThan(100);
  },
);
