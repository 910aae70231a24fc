import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { authority } from "../backends/certificates.ts";
import { counterpart } from "../support/counterparts.ts";
import { BUCKET, S3_KEYS, type S3Counterpart, startS3 } from "../support/s3-counterpart.ts";
import { until } from "./until.ts";

const ENV = {
  AWS_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
  AWS_REGION: "us-east-1",
};
const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=S3RVER\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=[\w;-]+, Signature=[0-9a-f]{64}$/;

interface SdkS3 {
  readonly S3Client: new (
    options: object,
  ) => { send(command: unknown): Promise<Record<string, unknown>>; destroy(): void };
  readonly PutObjectCommand: new (input: object) => unknown;
  readonly GetObjectCommand: new (input: object) => unknown;
  readonly CreateMultipartUploadCommand: new (input: object) => unknown;
  readonly UploadPartCommand: new (input: object) => unknown;
  readonly CompleteMultipartUploadCommand: new (input: object) => unknown;
  readonly AbortMultipartUploadCommand: new (input: object) => unknown;
}

let s3: S3Counterpart;
let sdk: SdkS3;
let stranger: InstanceType<SdkS3["S3Client"]>;
const closing: (() => unknown)[] = [];

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

async function ask(url: string, path: string, { method = "GET", headers = {}, body }: Asked = {}) {
  const { hostname, port } = new URL(url);
  const asking = request({ hostname, port, path, method, headers, agent: false });
  asking.end(body);
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  const bytes = Buffer.concat(await answer.toArray());
  const code =
    answer.headers["content-type"] === "application/json"
      ? JSON.parse(bytes.toString() || "{}").error?.code
      : undefined;
  return { status: answer.statusCode, headers: answer.headers, bytes, code };
}

/** A front door whose every request goes to the bucket. */
async function door(target: object = {}, env: Record<string, string> = ENV, more: object = {}) {
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: { assets: { s3: { bucket: BUCKET, endpoint: s3.url, ...target }, ...more } },
      routes: [
        { id: "assets", match: { path: "/{key+}" }, modern: "assets", retired: true },
        { id: "root", match: { path: "/" }, modern: "assets", retired: true },
      ],
    },
    { quiet: true, env },
  );
  closing.push(() => opened.close());
  return { ...(await opened.listen()), opened };
}

async function put(key: string, body: string | Buffer, more: object = {}) {
  await stranger.send(new sdk.PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, ...more }));
}

async function stored(key: string) {
  const got = await stranger.send(new sdk.GetObjectCommand({ Bucket: BUCKET, Key: key }));
  const body = got.Body as { transformToByteArray(): Promise<Uint8Array> };
  const { ContentType, CacheControl } = got;
  return { ContentType, CacheControl, bytes: Buffer.from(await body.transformToByteArray()) };
}

beforeAll(async () => {
  s3 = await startS3();
  sdk = counterpart("@aws-sdk/client-s3") as SdkS3;
  stranger = new sdk.S3Client({
    ...{ region: "us-east-1", endpoint: s3.url, forcePathStyle: true, credentials: S3_KEYS },
    ...{ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" },
  });
  await put("site/index.html", "<h1>home</h1>", { ContentType: "text/html" });
  await put("site/docs/index.html", "<h1>docs</h1>", { ContentType: "text/html" });
  await put("site/app.js", "x".repeat(1000), {
    ContentType: "text/javascript",
    CacheControl: "max-age=60",
    Metadata: { build: "7" },
  });
  await put("site/a b+c/ü(1)'~.txt", "odd", { ContentType: "text/plain" });
  await put("secret.txt", "outside of the prefix");
});
beforeEach(() => {
  s3.misbehave = undefined;
});
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  stranger.destroy();
  await s3.close();
});

describe("reading", () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await door({ prefix: "site" }));
    s3.sent.splice(0);
  });

  test("objects, folders and odd keys come as they are stored; each request is signed, and has nothing of the client's", async () => {
    const headers = {
      cookie: "session=1",
      authorization: "Bearer x",
      "x-amz-copy-source": "/other/key",
      "user-agent": "curl/8",
    };
    const app = await ask(url, "/app.js?v=3&acl=&response-content-type=text/html", { headers });
    expect([app.status, app.bytes.length, app.headers["content-type"], app.headers["cache-control"]]).toEqual(
      [200, 1000, "text/javascript", "max-age=60"],
    );
    expect(app.headers["x-amz-meta-build"]).toBe("7");
    expect(Object.keys(app.headers).filter((name) => name.startsWith("x-amz-"))).toEqual([
      "x-amz-meta-build",
    ]);
    expect((await ask(url, "/")).bytes.toString()).toBe("<h1>home</h1>");
    expect((await ask(url, "/docs/")).bytes.toString()).toBe("<h1>docs</h1>");
    expect((await ask(url, "/a%20b%2Bc/%C3%BC(1)'~.txt")).bytes.toString()).toBe("odd");
    expect((await ask(url, "/a%20b+c/%c3%bc%281%29%27%7e.txt")).bytes.toString()).toBe("odd");
    const head = await ask(url, "/app.js", { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.bytes.length]).toEqual([200, "1000", 0]);
    expect(s3.sent.length).toBe(6);
    for (const { headers: sent, url: asked } of s3.sent) {
      expect(sent.authorization).toMatch(SIGNED);
      expect(sent).not.toHaveProperty("cookie");
      expect(sent).not.toHaveProperty("x-amz-copy-source");
      expect(sent).not.toHaveProperty("x-forwarded-for");
      expect(asked).not.toContain("?");
    }
    expect(s3.sent[0]?.headers["user-agent"]).toBe("curl/8");
  });

  test("no path leads out of the prefix, and nothing is listed", async () => {
    s3.sent.splice(0);
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/docs/..%2f..%2fsecret.txt",
      "/docs%5c..%5csecret.txt",
      "/x%2fy",
      "/%ff",
      "/%00",
      "/docs/./x",
      `/${"k".repeat(1025)}`,
    ]) {
      const { status, code } = await ask(url, path);
      expect([path, status, [undefined, "ambiguous_path", "object_key_invalid"].includes(code)]).toEqual([
        path,
        400,
        true,
      ]);
    }
    expect(s3.sent).toEqual([]);
    for (const path of ["//secret.txt", "/nothing/", "/docs?list-type=2", "/?list-type=2&prefix="]) {
      const { bytes } = await ask(url, path);
      expect([path, bytes.includes("secret"), bytes.includes("ListBucketResult")]).toEqual([
        path,
        false,
        false,
      ]);
    }
    expect(s3.sent.every(({ url: asked }) => asked.startsWith(`/${BUCKET}/site/`))).toBe(true);
  });

  test("ranges and conditions are answered as the bucket answers them itself", async () => {
    const { headers: plain } = await ask(url, "/app.js");
    const etag = plain.etag as string;
    const modified = plain["last-modified"] as string;
    const cases: Record<string, string>[] = [];
    const add = (name: string, ...values: string[]) => {
      for (const value of values) cases.push({ [name]: value });
    };
    add(
      "range",
      "bytes=0-9",
      "bytes=990-",
      "bytes=-5",
      "bytes=0-0,5-9",
      "bytes=2000-",
      "bytes=5-2",
      "items=1-2",
    );
    for (const name of ["if-none-match", "if-match"]) add(name, etag, '"other"', "*", `"x", ${etag}`);
    for (const name of ["if-modified-since", "if-unmodified-since"])
      add(name, modified, "Thu, 01 Jan 2015 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "no date");
    cases.push(
      { range: "bytes=0-9", "if-match": etag },
      { range: "bytes=0-9", "if-none-match": etag },
      { "if-none-match": etag, "if-modified-since": "Thu, 01 Jan 2015 00:00:00 GMT" },
    );
    const shown = [
      "content-type",
      "content-length",
      "content-range",
      "etag",
      "last-modified",
      "cache-control",
      "accept-ranges",
      "x-amz-meta-build",
    ];
    let errors = 0;
    for (const headers of cases) {
      for (const method of ["GET", "HEAD"]) {
        // Unsigned: what anybody gets of the bucket itself.
        const theirs = await ask(s3.url, `/${BUCKET}/site/app.js`, { method, headers });
        const ours = await ask(url, "/app.js", { method, headers });
        expect([method, headers, ours.status]).toEqual([method, headers, theirs.status]);
        if ((theirs.status as number) >= 400) {
          errors++;
          expect(ours.headers["content-range"]).toBe(theirs.headers["content-range"]);
          continue;
        }
        const fields = (of: typeof theirs) => shown.map((name) => of.headers[name]);
        expect([method, headers, fields(ours)]).toEqual([method, headers, fields(theirs)]);
        expect(ours.bytes.equals(theirs.bytes)).toBe(true);
      }
    }
    expect(errors).toBeGreaterThan(3);
  });
});

describe("writing", () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await door({ prefix: "up", write: true }));
  });

  test("an object is put as it comes, in signed chunks over plain HTTP, and deleted", async () => {
    for (const size of [0, 1, 65_407, 65_408, 65_409, 300_000, 4_194_303, 4_194_304, 5_000_000]) {
      const body = Buffer.alloc(size, "0123456789abcdef!");
      s3.sent.splice(0);
      const answer = await ask(url, "/files/a%20b.bin", {
        ...{ method: "PUT", body },
        headers: {
          ...{
            "content-type": "application/x-thing",
            "content-length": String(size),
            "cache-control": "no-cache",
          },
          ...{ "x-amz-meta-who": "ada", "x-amz-acl": "public-read", authorization: "Bearer t" },
        },
      });
      expect([size, answer.status, answer.headers.etag !== undefined]).toEqual([size, 200, true]);
      const got = await stored("up/files/a b.bin");
      expect(got.bytes.equals(body)).toBe(true);
      expect([got.ContentType, got.CacheControl]).toEqual(["application/x-thing", "no-cache"]);
      const [sent] = s3.sent;
      expect(sent?.headers.authorization).toMatch(SIGNED);
      expect(sent?.headers["x-amz-content-sha256"]).toMatch(
        size === 0 ? /^[0-9a-f]{64}$/ : /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD$/,
      );
      expect(sent?.headers).not.toHaveProperty("x-amz-acl");
    }
    const gone = await ask(url, "/files/a%20b.bin", { method: "DELETE" });
    expect(gone.status).toBe(204);
    expect((await ask(url, "/files/a%20b.bin")).code).toBe("object_missing");
  });

  test("each chunk's signature is what Amazon's algorithm says", async () => {
    const body = Buffer.alloc(150_000, "chunk");
    let wire = Buffer.alloc(0);
    s3.misbehave = async (incoming, response) => {
      wire = Buffer.concat(await incoming.toArray());
      response.writeHead(200, { etag: '"x"' }).end();
    };
    s3.sent.splice(0);
    await ask(url, "/chunks", { method: "PUT", body, headers: { "content-length": String(body.length) } });
    const { headers } = s3.sent[0] as (typeof s3.sent)[number];
    expect([wire.length, headers["x-amz-decoded-content-length"]]).toEqual([
      Number(headers["content-length"]),
      "150000",
    ]);
    const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
    const hash = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
    const stamp = String(headers["x-amz-date"]);
    const scope = `${stamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const key = scope.split("/").reduce<string | Buffer>((made, part) => hmac(made, part), "AWS4S3RVER");
    let last = String(headers.authorization).slice(-64);
    const parts: Buffer[] = [];
    for (let at = 0; at < wire.length; ) {
      const line = wire.indexOf("\r\n", at);
      const [size = "", signature] = wire.toString("latin1", at, line).split(";chunk-signature=");
      const data = wire.subarray(line + 2, line + 2 + Number.parseInt(size, 16));
      const text = ["AWS4-HMAC-SHA256-PAYLOAD", stamp, scope, last, hash(""), hash(data)].join("\n");
      last = hmac(key, text).toString("hex");
      expect(signature).toBe(last);
      parts.push(data);
      at = line + 2 + data.length + 2;
    }
    expect(parts.map((part) => part.length)).toEqual([65_408, 65_408, 19_184, 0]);
    expect(Buffer.concat(parts).equals(body)).toBe(true);
  });

  test("over TLS a body goes as it is, unsigned", async () => {
    const signer = authority();
    const secure = await startS3(signer.issue("s3", "IP:127.0.0.1"));
    closing.push(() => secure.close());
    const { url: over } = await door({ write: true, endpoint: secure.url }, ENV, {
      tls: { ca: signer.certFile },
    });
    const body = Buffer.alloc(200_000, "tls");
    const answer = await ask(over, "/tls.bin", {
      method: "PUT",
      body,
      headers: { "content-length": "200000" },
    });
    expect(answer.status).toBe(200);
    expect(secure.sent[0]?.headers).toMatchObject({
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "content-length": "200000",
    });
    expect((await ask(over, "/tls.bin")).bytes.equals(body)).toBe(true);
  });

  test("the AWS SDK puts an object in parts through the front door, and gives an upload up", async () => {
    const opened = createFrontDoor(
      {
        ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
        upstreams: { assets: { s3: { bucket: BUCKET, endpoint: s3.url, prefix: "parts", write: true } } },
        routes: [
          {
            id: "any",
            match: { path: "/any/{key+}" },
            modern: { upstream: "assets", path: "/{key}" },
            retired: true,
          },
        ],
      },
      { quiet: true, env: ENV },
    );
    closing.push(() => opened.close());
    const { url: endpoint } = await opened.listen();
    const client = new sdk.S3Client({
      ...{
        region: "us-east-1",
        endpoint,
        forcePathStyle: true,
        credentials: { accessKeyId: "their", secretAccessKey: "own" },
      },
      ...{ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" },
    });
    const at = { Bucket: "any", Key: "big file.bin" };
    const { UploadId } = await client.send(
      new sdk.CreateMultipartUploadCommand({ ...at, ContentType: "application/x-big" }),
    );
    const bodies = [Buffer.alloc(5 * 1024 * 1024, "a"), Buffer.from("the end")];
    const Parts: object[] = [];
    for (const [i, Body] of bodies.entries()) {
      const { ETag } = await client.send(
        new sdk.UploadPartCommand({ ...at, UploadId, PartNumber: i + 1, Body }),
      );
      Parts.push({ ETag, PartNumber: i + 1 });
    }
    await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }),
    );
    expect((await stored("parts/big file.bin")).bytes.equals(Buffer.concat(bodies))).toBe(true);
    const got = await client.send(new sdk.GetObjectCommand({ ...at, Range: "bytes=5242880-" }));
    expect(await (got.Body as { transformToString(): Promise<string> }).transformToString()).toBe("the end");
    s3.sent.splice(0);
    await client.send(new sdk.AbortMultipartUploadCommand({ ...at, UploadId: "gone" })).catch(() => {});
    expect(s3.sent.map(({ method, url: asked }) => `${method} ${asked}`)).toEqual([
      `DELETE /${BUCKET}/parts/big%20file.bin?uploadId=gone`,
    ]);
    client.destroy();
  });

  test("what is not passed on is refused, and nothing of it reaches the bucket", async () => {
    s3.sent.splice(0);
    const length = { "content-length": "1" };
    const refused: [string, string, Record<string, string>, number, string][] = [
      ["PUT", "/k?acl", length, 400, "object_refused"],
      ["PUT", "/k?tagging=", length, 400, "object_refused"],
      ["POST", "/k", length, 400, "object_refused"],
      ["POST", "/?delete", length, 400, "object_key_invalid"],
      ["PUT", "/", length, 400, "object_key_invalid"],
      ["DELETE", "/", {}, 400, "object_key_invalid"],
      ["DELETE", "/folder/", {}, 400, "object_key_invalid"],
      ["PUT", "/k", { ...length, "x-amz-copy-source": `/${BUCKET}/secret.txt` }, 400, "object_refused"],
      ["PUT", "/k", { ...length, "content-encoding": "aws-chunked" }, 400, "object_refused"],
      ["PUT", "/k", { "transfer-encoding": "chunked" }, 411, "object_length_missing"],
      ["PATCH", "/k", length, 405, "object_method"],
    ];
    for (const [method, path, headers, status, code] of refused) {
      const answer = await ask(url, path, {
        method,
        headers,
        ...("content-length" in headers || "transfer-encoding" in headers ? { body: "x" } : {}),
      });
      expect([method, path, answer.status, answer.code]).toEqual([method, path, status, code]);
    }
    const { url: readOnly } = await door();
    for (const method of ["PUT", "POST", "DELETE"]) {
      const answer = await ask(readOnly, "/secret.txt", { method });
      expect([answer.status, answer.code, answer.headers.allow]).toEqual([405, "object_method", "GET, HEAD"]);
    }
    expect(s3.sent).toEqual([]);
  });
});

describe("what S3 says against it", () => {
  test("a wrong secret is refused by the bucket, and said clearly, without a credential", async () => {
    const { url, opened } = await door({}, { ...ENV, AWS_SECRET_ACCESS_KEY: "another-secret" });
    for (const method of ["GET", "HEAD"]) {
      const { status } = await ask(url, "/secret.txt", { method });
      expect([method, status]).toEqual([method, 502]);
    }
    expect((await ask(url, "/secret.txt")).code).toBe("bucket_refused");
    const problems = JSON.stringify((await opened.status()).problems);
    expect(problems).toContain("S3 answered 403 SignatureDoesNotMatch (the secret is not the access key's)");
    expect(problems).not.toMatch(/another-secret|S3RVER/);
  });

  test("a right that is missing is the side's failure, and told to whoever runs it", async () => {
    const { url, opened } = await door();
    s3.misbehave = (_request, response) => {
      response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    };
    for (const method of ["GET", "HEAD", "GET"]) expect((await ask(url, "/k", { method })).status).toBe(403);
    s3.misbehave = undefined;
    expect((await ask(url, "/secret.txt")).status).toBe(200);
    expect(JSON.stringify((await opened.status()).problems)).toContain(
      "upstream assets: its bucket denied a request (S3 answered 403 AccessDenied (the credentials' rights do not have this; without s3:ListBucket",
    );
  });

  test("no Region, and credentials that nobody has", async () => {
    const { url } = await door({}, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" });
    expect((await ask(url, "/k")).code).toBe("bucket_refused");
    const { url: without, opened } = await door({ credentials: "environment" }, { AWS_REGION: "us-east-1" });
    expect((await ask(without, "/k")).code).toBe("bucket_refused");
    expect(JSON.stringify((await opened.status()).problems)).toContain("its bucket cannot be asked");
  });

  test.each([
    ["NoSuchKey", 404, 404, "object_missing"],
    ["NoSuchBucket", 404, 502, "bucket_refused"],
    ["AccessDenied", 403, 403, "object_denied"],
    ["SlowDown", 503, 503, "bucket_busy"],
    ["InternalError", 500, 503, "bucket_busy"],
    ["PreconditionFailed", 412, 412, "object_condition"],
    ["InvalidRange", 416, 416, "object_range"],
    ["ConditionalRequestConflict", 409, 409, "object_conflict"],
    ["EntityTooLarge", 400, 413, "object_too_large"],
    ["BadDigest", 400, 400, "object_refused"],
    ["PermanentRedirect", 301, 502, "bucket_refused"],
    ["AuthorizationHeaderMalformed", 400, 502, "bucket_refused"],
    ["", 404, 404, "object_missing"],
  ])("%s with %i is %i %s", async (name, theirs, status, code) => {
    const { url } = await door();
    s3.misbehave = (_request, response) => {
      response.writeHead(theirs, {
        "content-range": "bytes */7",
        "x-amz-bucket-region": "eu-west-1",
        "content-type": "application/xml",
      });
      response.end(
        name &&
          `<?xml version="1.0"?>\n<Error><Code>${name}</Code><Message>key AKIAEXAMPLE</Message></Error>`,
      );
    };
    const answer = await ask(url, "/k");
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.bytes.toString()).not.toContain("AKIA");
    expect(answer.headers["retry-after"]).toBe(status === 503 ? "1" : undefined);
    expect(answer.headers["content-range"]).toBe(status === 416 ? "bytes */7" : undefined);
  });

  test("a clock that is off, and credentials that ended, are mended without the client's seeing it", async () => {
    const { url } = await door();
    let asked = 0;
    s3.misbehave = (_request, response) => {
      asked++;
      if (asked > 1)
        response.writeHead(200, { date: new Date(Date.now() + 3_600_000).toUTCString() }).end("ok");
      else
        response
          .writeHead(403, { date: new Date(Date.now() + 3_600_000).toUTCString() })
          .end("<Error><Code>RequestTimeTooSkewed</Code></Error>");
    };
    s3.sent.splice(0);
    expect((await ask(url, "/k")).bytes.toString()).toBe("ok");
    const hour = (at: number) => String(s3.sent[at]?.headers["x-amz-date"]).slice(0, 11);
    expect([asked, hour(0) === hour(1)]).toEqual([2, false]);
    asked = 0;
    s3.misbehave = (_request, response) => {
      if (asked++ > 0) response.end("ok");
      else response.writeHead(400).end("<Error><Code>ExpiredToken</Code></Error>");
    };
    expect((await ask(url, "/k", { method: "GET" })).bytes.toString()).toBe("ok");
  });

  test("a PUT that is refused for the clock cannot be signed again: 503 with Retry-After, and the next one is right", async () => {
    const { url, opened } = await door({ write: true });
    let refusals = 0;
    const stamps: string[] = [];
    s3.misbehave = (incoming, response) => {
      incoming.resume().on("end", () => {
        const stamp = String(incoming.headers["x-amz-date"]);
        stamps.push(stamp);
        const theirs = new Date(Date.now() + 3_600_000);
        const late = theirs.toISOString().slice(0, 13).replaceAll("-", "") !== stamp.slice(0, 11);
        response.setHeader("date", theirs.toUTCString());
        if (!late) response.writeHead(200).end();
        else {
          refusals++;
          response.writeHead(403).end("<Error><Code>RequestTimeTooSkewed</Code></Error>");
        }
      });
    };
    // As many as are under way when the first refusal comes are refused, and each is told so.
    const answers = await Promise.all(["a", "b", "c"].map((body) => ask(url, "/k", { method: "PUT", body })));
    for (const { status, code, headers } of answers)
      if (status !== 200) expect([status, code, headers["retry-after"]]).toEqual([503, "bucket_busy", "1"]);
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(refusals);
    expect(refusals).toBeGreaterThan(0);
    expect((await ask(url, "/k", { method: "PUT", body: "d" })).status).toBe(200);
    // The bucket can be asked: nothing is wrong with it.
    expect((await opened.status()).problems).toEqual([]);
    expect(stamps.length).toBe(4);
  });

  test("a clock that stays wrong, whatever S3 says, is a bucket that cannot be asked", async () => {
    const { url } = await door({ write: true });
    s3.misbehave = (incoming, response) => {
      incoming.resume().on("end", () => {
        response.writeHead(403).end("<Error><Code>RequestTimeTooSkewed</Code></Error>");
      });
    };
    const answer = await ask(url, "/k", { method: "PUT", body: "a" });
    expect([answer.status, answer.code]).toEqual([502, "bucket_refused"]);
  });

  test("an object that breaks off breaks the client's connection: it never looks whole", async () => {
    const { url } = await door();
    s3.misbehave = (_request, response) => {
      response.writeHead(200, { "content-length": "100000" });
      response.write("x".repeat(1000), () => response.destroy());
    };
    await expect(ask(url, "/k")).rejects.toThrow();
  });

  test("a folder is listed where that was said, below the prefix alone", async () => {
    const { url } = await door({ prefix: "site", list: true, index: false });
    const all = (await ask(url, "/?prefix=../")).bytes.toString();
    expect(all).not.toContain("secret");
    const listed = (await ask(url, "/docs/?list-type=2")).bytes.toString();
    expect(listed).toContain("<Key>site/docs/index.html</Key>");
    expect(listed).not.toContain("app.js");
    expect((await ask(url, "/?prefix=app")).bytes.toString()).toContain("<Key>site/app.js</Key>");
  });
});

test("a route moves from a server of files to the bucket: shadowed, compared, split, the bucket gone, taken back", {
  timeout: 120_000,
}, async () => {
  const FILES = 40;
  for (let i = 0; i < FILES; i++)
    await put(`moved/f${i}.json`, JSON.stringify({ file: i, size: i === 13 ? -1 : i }), {
      ContentType: "application/json",
    });
  const server = createServer((incoming, response) => {
    const i = Number(/f(\d+)\.json/.exec(incoming.url ?? "")?.[1]);
    response.setHeader("x-from", "server");
    response.setHeader("content-type", "application/json");
    if (i < FILES) response.end(JSON.stringify({ file: i, size: i }));
    else response.writeHead(404).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: {
        files: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        assets: { s3: { bucket: BUCKET, endpoint: s3.url, prefix: "moved" }, timeout: "3s" },
      },
      routes: [
        {
          ...{ id: "files", match: { path: "/static/{key+}" }, legacy: "files", fallback: "legacy" },
          ...{ modern: { upstream: "assets", path: "/{key}" }, sticky: ["header:x-client"] },
        },
      ],
    },
    { quiet: true, env: ENV },
  );
  closing.push(() => opened.close());
  const { url, adminUrl } = await opened.listen();
  const failed: string[] = [];
  const round = async (count = FILES) => {
    let bucket = 0;
    for (let i = 0; i < count; i++) {
      const got = await ask(url, `/static/f${i}.json`, { headers: { "x-client": `c${i}` } });
      if (got.status !== 200) failed.push(`f${i}: ${got.status}`);
      if (got.headers["x-from"] === undefined) bucket++;
    }
    return bucket;
  };
  await opened.shift("files", { shadow: 100, reason: "the files are copied" });
  expect(await round()).toBe(0);
  await ask(url, "/static/f99.json");
  const compared = async () => {
    const route = (await (await fetch(`${adminUrl}/api/v1/routes/files`)).json()) as {
      comparisons: { match: number; mismatch: number };
    };
    return route.comparisons;
  };
  await until(compared, ({ match, mismatch }) => match + mismatch === FILES + 1);
  const rows = await (await fetch(`${adminUrl}/api/v1/mismatches?route=files`)).text();
  expect(rows).toContain("$.size");

  await opened.shift("files", { modern: 50, shadow: 0, reason: "half", force: true });
  const half = await round();
  expect([half > 8, half < 32]).toEqual([true, true]);
  await opened.shift("files", { modern: 100, reason: "all", force: true });
  expect(await round()).toBe(FILES);

  // The bucket is gone, then it denies: with `fallback` legacy answers what it cannot.
  s3.misbehave = (incoming) => incoming.socket.destroy();
  expect(await round(15)).toBe(0);
  s3.misbehave = (_incoming, response) => {
    response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
  };
  expect(await round(15)).toBe(0);
  await opened.rollback("files", { reason: "no rights" });
  expect(await round()).toBe(0);
  expect(failed).toEqual([]);
});
