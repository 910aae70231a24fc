import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { ACCESS_KEY, type LambdaFront, startLambdaFront } from "../support/lambda-front.ts";
import { startRuntime } from "../support/lambda-runtime.ts";
import { type FigReady, type ReadyProcess, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const HANDLER = `
export const handler = async (event) => {
  const token = event.authorizationToken ?? event.headers?.Authorization ?? event.headers?.authorization ?? "";
  if (token.startsWith("nobody")) throw new Error("Unauthorized");
  if (token.startsWith("broken")) throw new TypeError("cannot read it");
  const resource = token.startsWith("denied") ? "*/never" : event.methodArn.replace(/\\/GET\\/.*$/, "/GET/*");
  return {
    principalId: token.split("-")[0],
    policyDocument: {
      Version: "2012-10-17",
      Statement: { Action: "execute-api:Invoke", Effect: "Allow", Resource: resource },
    },
    context: { team: "blue" },
  };
};
`;

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
    open.push(() => {
      server.close();
      server.closeAllConnections();
    });
  });
}

/** A side that says what it got, and takes up WebSockets. */
async function side(): Promise<{ url: string; got: IncomingMessage[] }> {
  const got: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    got.push(request);
    response.end(JSON.stringify(request.headers));
  });
  server.on("upgrade", (request, socket) => {
    got.push(request);
    socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  });
  return { url: await listening(server), got };
}

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "fig-authorizer-"));
  open.push(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
  AWS_REGION: "eu-central-1",
};

async function fig(upstream: string, policy: string, env: Record<string, string> = {}, more = "") {
  const path = folder({
    "fig.yaml": `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\n${more}upstreams: { shop: ${upstream} }\n`,
    "routes/shop.yaml": `routes:\n  - id: shop\n    match: { path: "/{rest+}" }\n    modern: shop\n    retired: true\n    policies:\n      authorizer: ${policy}\n`,
  });
  const door = await startFig(join(path, "fig.yaml"), { ...CREDENTIALS, ...env });
  open.push(() => door.stop());
  return door;
}

async function metrics(door: ReadyProcess<FigReady>): Promise<string> {
  return (await fetch(`${door.ready.adminUrl}/metrics`)).text();
}

const asking = (door: ReadyProcess<FigReady>, token: string | undefined, path = "/orders/1") =>
  fetch(`${door.ready.url}${path}`, {
    headers: token === undefined ? {} : { authorization: token },
    signal: AbortSignal.timeout(20_000),
  });

async function withFunction(): Promise<LambdaFront> {
  const runtime = await startRuntime(folder({ "app.mjs": HANDLER }), "app.handler");
  open.push(() => runtime.close());
  const front = await startLambdaFront({ invoke: (invocation) => runtime.invoke(invocation) });
  open.push(() => front.close());
  return front;
}

test("a Lambda authorizer in AWS's own runtime, asked with signatures that are checked", async () => {
  const [front, { url, got }] = [await withFunction(), await side()];
  const door = await fig(url, `{ function: { name: shop-auth, endpoint: "${front.url}" }, type: token }`);
  const passed = await asking(door, "ada-1");
  expect(passed.status).toBe(200);
  expect(await passed.json()).toMatchObject({
    "x-fig-context-team": "blue",
    "x-fig-context-principalid": "ada",
  });
  expect((await asking(door, "ada-1", "/orders/2")).status).toBe(200);
  expect(front.invocations).toHaveLength(1);
  const statuses = [];
  for (const token of ["denied-1", "nobody-1", "broken-1", undefined]) {
    const response = await asking(door, token);
    statuses.push([response.status, ((await response.json()) as { error: { code: string } }).error.code]);
  }
  expect(statuses).toEqual([
    [403, "authorizer_denied"],
    [401, "authorizer_unauthorized"],
    [500, "authorizer_failed"],
    [401, "authorizer_unauthorized"],
  ]);
  expect(front.refused).toEqual([]);
  expect(got).toHaveLength(2);
  const text = await metrics(door);
  expect(text).toContain('fig_authorizer_answers_total{from="kept"} 1');
  expect(text).toContain('fig_policy_verdicts_total{route="shop",policy="authorizer",verdict="passed"} 2');
  expect(door.output()).toContain("an authorizer could not be asked");
  expect(door.output()).not.toContain(ACCESS_KEY.secretAccessKey.slice(0, 12));
  expect(door.output()).not.toContain("ada-1");
});

test("a wrong secret lets nobody pass, and several workers ask as one does", async () => {
  const [front, { url, got }] = [await withFunction(), await side()];
  const policy = `{ function: { name: shop-auth, endpoint: "${front.url}" } }`;
  const wrong = await fig(url, policy, { AWS_SECRET_ACCESS_KEY: "someOtherSecretThatIsNotTheRightOne" });
  expect((await asking(wrong, "ada-1")).status).toBe(503);
  expect(front.refused).toEqual(["InvalidSignatureException"]);
  expect(got).toEqual([]);
  const workers = await fig(url, policy, {}, "workers: 2\n");
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => asking(workers, `ada-${i}`)));
  expect(all.map(({ status }) => status)).toEqual(Array(20).fill(200));
  await until(
    () => metrics(workers),
    (text) => text.includes('fig_authorizer_calls_total{result="answered"} 20'),
  );
});

test("killed, hung and lying under load: nobody passes who should not, nobody waits past the time, and it comes back", {
  timeout: 120_000,
}, async () => {
  const { url, got } = await side();
  const folderOfHandler = folder({ "app.mjs": HANDLER });
  let runtime = await startRuntime(folderOfHandler, "app.handler");
  open.push(() => runtime.close());
  const front = await startLambdaFront({ invoke: (invocation) => runtime.invoke(invocation) });
  open.push(() => front.close());
  const door = await fig(
    url,
    `{ function: { name: shop-auth, endpoint: "${front.url}" }, type: token, ttl: 1s, timeout: 1s, maxConcurrent: 8, maxWaiting: 8 }`,
  );
  let serial = 0;
  let longestMs = 0;
  /** Clients that ask all the time, each time as somebody else. */
  async function load(ms: number): Promise<Record<number, number>> {
    const statuses: Record<number, number> = {};
    const end = performance.now() + ms;
    await Promise.all(
      Array.from({ length: 24 }, async () => {
        while (performance.now() < end) {
          const began = performance.now();
          const response = await asking(door, `ada-${++serial}`);
          await response.text();
          longestMs = Math.max(longestMs, performance.now() - began);
          statuses[response.status] = (statuses[response.status] ?? 0) + 1;
          if (response.status === 503) await delay(20);
        }
      }),
    );
    return statuses;
  }
  const passes = () => got.length;

  await until(
    () => asking(door, "ada-0"),
    ({ status }) => status === 200,
  );
  const good = await load(1_000);
  expect(good[200]).toBeGreaterThan(10);
  let before = passes();

  // The function's process is killed: Lambda says so.
  process.kill(runtime.pid, "SIGKILL");
  await until(
    () => asking(door, `ada-x${++serial}`),
    ({ status }) => status === 500,
  );
  before = passes();
  const killed = await load(1_000);
  expect(Object.keys(killed).map(Number).sort()).toEqual(killed[503] === undefined ? [500] : [500, 503]);

  // Lambda takes the question and never answers.
  front.misbehave = () => {};
  const hung = await load(2_500);
  expect(hung[504]).toBeGreaterThan(0);
  expect(hung[200]).toBeUndefined();

  // It answers nonsense, each time another.
  const lies = [
    () => "{}",
    () => "null",
    () => "[".repeat(200_000),
    () => JSON.stringify({ principalId: "u", policyDocument: { Statement: [] } }),
    () => JSON.stringify({ isAuthorized: true }),
    () => JSON.stringify({ principalId: "u\r\nX-Admin: 1", policyDocument: allowAll(1) }),
    () => JSON.stringify({ principalId: "u", policyDocument: allowAll(10_000) }),
    () => "x".repeat(5_000_000),
    () => JSON.stringify({ principalId: "u", policyDocument: { ...allowAll(1), Version: "1" } }),
  ];
  let lie = 0;
  front.misbehave = (request, response) => {
    request.resume();
    request.on("end", () => response.end(lies[lie++ % lies.length]?.()));
  };
  const lied = await load(1_500);
  expect(lied[200]).toBeUndefined();
  expect(lied[500]).toBeGreaterThan(0);

  // It breaks off in the middle.
  front.misbehave = (_request, response) => {
    response.writeHead(200, { "content-length": "500" });
    response.write('{"principalId":"u"');
    setImmediate(() => response.destroy());
  };
  const broken = await load(800);
  expect(Object.keys(broken)).toEqual(["503"]);
  expect(passes()).toBe(before);
  expect(longestMs).toBeLessThan(6_000);

  const text = await metrics(door);
  expect(text).toContain('fig_authorizer_questions{state="asked"} 0');
  expect(text).toContain('fig_authorizer_questions{state="waiting"} 0');
  expect(text).toMatch(/fig_authorizer_limits_total\{limit="waiting"\} [1-9]/);
  expect(Number(/^fig_authorizer_kept_bytes (\d+)$/m.exec(text)?.[1])).toBeLessThan(32 * 1024 * 1024);

  runtime = await startRuntime(folderOfHandler, "app.handler");
  front.misbehave = undefined;
  await until(
    () => asking(door, `ada-y${++serial}`),
    ({ status }) => status === 200,
  );
  const back = await load(800);
  expect(back[200]).toBeGreaterThan(0);
  expect(back[500]).toBeUndefined();
});

function allowAll(count: number) {
  const statement = { Action: "*", Effect: "Allow", Resource: "*" };
  return { Version: "2012-10-17", Statement: Array.from({ length: count }, () => statement) };
}

test("a service over HTTP decides, of WebSockets too", async () => {
  const { url, got } = await side();
  const asked: IncomingMessage["headers"][] = [];
  const service = createServer((request, response) => {
    asked.push(request.headers);
    if (request.headers.cookie === "session=ada") response.writeHead(204, { "x-user": "ada" }).end();
    else if (request.headers["x-forwarded-uri"]?.toString().startsWith("/api"))
      response
        .writeHead(401, { "www-authenticate": 'Bearer realm="shop"', "content-type": "text/plain" })
        .end("log in");
    else response.writeHead(302, { location: "https://login.example/" }).end();
  });
  const address = await listening(service);
  const door = await fig(url, `{ url: "${address}/check", forward: [x-user] }`);
  const ask = (path: string, headers: Record<string, string>) =>
    fetch(`${door.ready.url}${path}`, { headers, redirect: "manual", signal: AbortSignal.timeout(20_000) });

  const passed = await ask("/orders/1", { cookie: "session=ada", "x-user": "root" });
  expect(await passed.json()).toMatchObject({ "x-user": "ada" });
  const refused = await ask("/api/1", {});
  expect([refused.status, refused.headers.get("www-authenticate"), await refused.text()]).toEqual([
    ...[401, 'Bearer realm="shop"', "log in"],
  ]);
  const sent = await ask("/orders/1", {});
  expect([sent.status, sent.headers.get("location")]).toEqual([302, "https://login.example/"]);

  const upgraded = (cookie: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { connection: "upgrade", upgrade: "websocket", cookie };
      const request = httpRequest(`${door.ready.url}/api/socket`, { headers });
      request.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      request.on("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject);
      request.end();
    });
  expect(await upgraded("session=eve")).toBe(401);
  expect(await upgraded("session=ada")).toBe(101);
  expect(got.map(({ url: target }) => target)).toEqual(["/orders/1", "/api/socket"]);
  expect(got.map(({ headers }) => headers["x-user"])).toEqual(["ada", "ada"]);
  expect(asked.at(-1)).toMatchObject({ "x-forwarded-method": "GET", "x-forwarded-uri": "/api/socket" });

  service.close();
  service.closeAllConnections();
  expect((await ask("/orders/1", { cookie: "session=ada" })).status).toBe(503);
  expect(got).toHaveLength(2);
});

test("a service over HTTP that hangs, lies or goes away under load lets nobody pass", async () => {
  const { url, got } = await side();
  let behave: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(204).end();
  };
  const service = createServer((request, response) => behave(request, response));
  const address = await listening(service);
  const door = await fig(url, `{ url: "${address}/check", timeout: 500ms, maxConcurrent: 8, maxWaiting: 8 }`);
  async function load(ms: number): Promise<ReadonlySet<number>> {
    const statuses = new Set<number>();
    const end = performance.now() + ms;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (performance.now() < end) {
          const response = await asking(door, "ada-1");
          await response.text();
          statuses.add(response.status);
        }
      }),
    );
    return statuses;
  }
  expect([...(await load(500))]).toEqual([200]);
  const passed = got.length;
  const lies: readonly (typeof behave)[] = [
    () => {},
    (_request, response) => response.writeHead(500).end(),
    (_request, response) => response.writeHead(200).end("x".repeat(1_000_000)),
    (_request, response) => response.socket?.end("HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n"),
    (_request, response) => response.socket?.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
    (_request, response) => response.socket?.destroy(),
  ];
  for (const lie of lies) {
    behave = lie;
    const statuses = await load(600);
    for (const status of statuses) expect([502, 503, 504]).toContain(status);
    expect(got).toHaveLength(passed);
  }
  behave = (_request, response) => response.writeHead(204).end();
  await until(
    () => asking(door, "ada-1"),
    ({ status }) => status === 200,
  );
  expect(await metrics(door)).toContain('fig_authorizer_questions{state="asked"} 0');
});
