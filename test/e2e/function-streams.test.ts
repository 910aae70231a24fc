import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { ACCESS_KEY, type LambdaFront, startLambdaFront } from "../support/lambda-front.ts";
import { type LambdaRuntime, startRuntime } from "../support/lambda-runtime.ts";
import { until } from "./until.ts";

const FLOOD_CHUNKS = 100;
const CHUNK_BYTES = 64 * 1024;

/** A handler as AWS's users write it: `awslambda` is the runtime's. */
const HANDLER = `
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export const handler = awslambda.streamifyResponse(async ({ rawPath, body, isBase64Encoded }, raw) => {
  const type = rawPath === "/events" ? "text/event-stream" : "text/plain";
  const begin = () => awslambda.HttpResponseStream.from(raw, { statusCode: 200, headers: { "content-type": type, "x-by": "function" }, cookies: ["a=1"] });
  if (rawPath === "/throws") throw new TypeError("x is not y");
  if (rawPath === "/plain") {
    raw.write("no head");
    raw.end();
    return;
  }
  const out = begin();
  if (rawPath === "/echo") out.write(Buffer.from(body, isBase64Encoded ? "base64" : "utf8"));
  else if (rawPath === "/flood") {
    for (let count = 1; count <= ${FLOOD_CHUNKS}; count++) {
      if (!out.write(Buffer.alloc(${CHUNK_BYTES}, count))) await once(out, "drain");
    }
  } else if (rawPath === "/breaks") {
    out.write("first");
    while (!existsSync("open")) await delay(20);
    throw new Error("the shelf broke");
  } else if (rawPath === "/same") out.write("the same");
  else {
    out.write("data: one\\n\\n");
    while (!existsSync("open")) await delay(20);
    out.write("data: two\\n\\n");
  }
  out.end();
  await once(out, "finish");
});
`;

const folder = mkdtempSync(join(tmpdir(), "fig-streams-"));
const open: (() => unknown)[] = [];
let runtime: LambdaRuntime;
let front: LambdaFront;
let url: string;
let status: () => Promise<unknown>;

beforeAll(async () => {
  writeFileSync(join(folder, "app.mjs"), HANDLER);
  runtime = await startRuntime(folder, "app.handler");
  front = await startLambdaFront({ invoke: (invocation) => runtime.invoke(invocation) });
  const monolith = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "x-by": "function", "set-cookie": "a=1" });
    response.end("the same");
  });
  await new Promise<void>((resolve) => monolith.listen(0, "127.0.0.1", resolve));
  const door = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: {
        monolith: `http://127.0.0.1:${(monolith.address() as AddressInfo).port}`,
        shop: { lambda: { function: "shop", stream: true, region: "eu-central-1", endpoint: front.url } },
      },
      routes: [
        { id: "same", match: { path: "/same" }, legacy: "monolith", modern: "shop" },
        { id: "all", match: { path: "/{proxy+}" }, modern: "shop", retired: true },
      ],
    },
    {
      quiet: true,
      env: { AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey },
    },
  );
  ({ url } = await door.listen());
  await door.shift("same", { shadow: 100, reason: "look" });
  status = () => door.status();
  open.push(
    () => monolith.close(),
    () => door.close(),
  );
});

afterAll(async () => {
  for (const close of open.reverse()) await close();
  await front.close();
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An answer whose body nobody reads yet. */
function begun(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(new URL(path, url), { agent: false }, resolve).on("error", reject);
  });
}

const opened = join(folder, "open");

test("a client has what a function said while it still runs", async () => {
  for (const path of ["/slow", "/events"]) {
    rmSync(opened, { force: true });
    const answer = await begun(path);
    expect([answer.statusCode, answer.headers["x-by"], answer.headers["set-cookie"]]).toEqual([
      200,
      "function",
      ["a=1"],
    ]);
    answer.setEncoding("utf8");
    let text = "";
    for await (const chunk of answer) {
      text += chunk;
      if (text === "data: one\n\n") writeFileSync(opened, "");
    }
    expect(text).toBe("data: one\n\ndata: two\n\n");
  }
  expect(front.refused).toEqual([]);
});

test("a body goes up whole and comes down as it is", async () => {
  const sent = Uint8Array.from({ length: 700 }, (_, at) => at % 256);
  const answer = await fetch(`${url}/echo`, { method: "POST", body: sent });
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(sent);
});

test("a client that is slow to read has every byte", async () => {
  const answer = await begun("/flood");
  let bytes = 0;
  for await (const chunk of answer) {
    const at = Math.floor(bytes / CHUNK_BYTES) + 1;
    if ((chunk as Buffer)[0] !== at % 256) throw new Error(`chunk ${at} is another`);
    bytes += (chunk as Buffer).length;
    if (bytes % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(bytes).toBe(FLOOD_CHUNKS * CHUNK_BYTES);
});

test("a function that fails after its head breaks the client's connection; one that fails before is 502 with a code", async () => {
  rmSync(opened, { force: true });
  const answer = await begun("/breaks");
  let text = "";
  const read = async () => {
    for await (const chunk of answer) {
      text += String(chunk);
      writeFileSync(opened, "");
    }
  };
  await expect(read()).rejects.toThrow(/aborted/);
  expect([text, answer.complete]).toEqual(["first", false]);

  const codeOf = async (path: string) => {
    const failed = await fetch(url + path);
    const { error } = (await failed.json()) as { error: { code: string; requestId: string } };
    expect(error.requestId).toMatch(/./);
    return [failed.status, error.code];
  };
  expect(await codeOf("/throws")).toEqual([502, "function_failed"]);
  expect(await codeOf("/plain")).toEqual([502, "upstream_invalid"]);
});

test("a client that leaves ends the stream", async () => {
  rmSync(opened, { force: true });
  const before = front.abandoned;
  const answer = await begun("/slow");
  answer.socket.resetAndDestroy();
  await until(
    async () => front.abandoned,
    (abandoned) => abandoned === before + 1,
  );
  writeFileSync(opened, "");
});

test("a stream that is shadowed is compared when it is whole", async () => {
  for (let count = 0; count < 5; count++) await (await fetch(`${url}/same`)).text();
  await until(
    async () => JSON.stringify(await status()),
    (said) => said.includes('"comparisons":{"match":5,"mismatch":0,"inconclusive":0}'),
  );
});
