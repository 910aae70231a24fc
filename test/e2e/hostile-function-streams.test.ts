import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import {
  ACCESS_KEY,
  type FunctionResult,
  type LambdaFront,
  startLambdaFront,
} from "../support/lambda-front.ts";
import { until } from "./until.ts";

const NULS = Buffer.alloc(8);
const CHUNK = Buffer.alloc(64 * 1024, "x");

const closing: (() => unknown)[] = [];
let front: LambdaFront;
let url: string;
let status: () => Promise<unknown>;
/** What the function said, in bytes. */
let said = 0;

/** A function that says something for ever, or until nobody listens. */
function endless(head: object): FunctionResult {
  const gone = front.abandoned;
  return {
    chunks: (async function* () {
      yield Buffer.concat([Buffer.from(JSON.stringify(head)), NULS]);
      while (front.abandoned === gone) {
        said += CHUNK.length;
        yield CHUNK;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })(),
    failure: () => undefined,
  };
}

beforeAll(async () => {
  front = await startLambdaFront({
    invoke: ({ event }) => {
      const { rawPath } = event as { rawPath: string };
      return endless({
        statusCode: rawPath === "/none" ? 204 : 200,
        headers: { "content-type": "text/plain" },
      });
    },
  });
  const monolith = createServer((_request, response) => response.end("short"));
  monolith.listen(0, "127.0.0.1");
  await once(monolith, "listening");
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: {
        monolith: `http://127.0.0.1:${(monolith.address() as AddressInfo).port}`,
        shop: { lambda: { function: "shop", stream: true, region: "eu-central-1", endpoint: front.url } },
      },
      routes: [
        { id: "both", match: { path: "/both" }, legacy: "monolith", modern: "shop" },
        { id: "all", match: { path: "/{proxy+}" }, modern: "shop", retired: true },
      ],
    },
    {
      quiet: true,
      env: { AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey },
    },
  );
  ({ url } = await opened.listen());
  await opened.shift("both", { shadow: 100, reason: "look" });
  status = () => opened.status();
  closing.push(
    () => monolith.close(),
    () => opened.close(),
  );
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await front.close();
});

async function ask(path: string, method: string) {
  const asking = request(new URL(path, url), { method, agent: false }).end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return { status: answer.statusCode, text: Buffer.concat(await answer.toArray()).toString() };
}

test("a shadow that streams without an end is given up at the bound of what is compared", async () => {
  const before = front.abandoned;
  expect(await ask("/both", "GET")).toEqual({ status: 200, text: "short" });
  await until(
    () => front.abandoned,
    (abandoned) => abandoned === before + 1,
    4_000,
  );
  await until(
    async () => JSON.stringify(await status()),
    (text) => text.includes('"comparisons":{"match":0,"mismatch":1,"inconclusive":0}'),
  );
});

test.each([
  ["HEAD", "/some", 200],
  ["GET", "/none", 204],
])(
  "%s %s: an answer without a body ends, and with it a function that goes on",
  async (method, path, wanted) => {
    const before = front.abandoned;
    expect(await ask(path, method)).toEqual({ status: wanted, text: "" });
    await until(
      () => front.abandoned,
      (abandoned) => abandoned === before + 1,
      4_000,
    );
  },
);

test("a client that reads nothing holds the function back, and gone ends it", async () => {
  const before = front.abandoned;
  said = 0;
  const socket = connect(Number(new URL(url).port), "127.0.0.1").pause();
  socket.write("GET /some HTTP/1.1\r\nHost: h\r\n\r\n");
  let last = -1;
  await until(
    () => {
      const still = said > 0 && said === last;
      last = said;
      return still;
    },
    (still) => still,
  );
  expect(said).toBeLessThan(60_000_000);
  socket.destroy();
  await until(
    () => front.abandoned,
    (abandoned) => abandoned === before + 1,
    4_000,
  );
});
