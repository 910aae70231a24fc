import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AwsCredentials, Signable } from "../../src/aws/contract.ts";
import { queryOf, signed } from "../../src/aws/sigv4.ts";
import { uriEncoded } from "../../src/domain/uri-encoded.ts";
import { aws4, counterpart } from "../support/counterparts.ts";

/** With a body that is there. */
type Whole = Signable & { readonly body: string };

const NOW = Date.UTC(2026, 10, 29, 12, 34, 56, 789);

/** Node's hashes in the form in which the SDK's signer takes them. */
class Sha256 {
  private readonly hash;
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: string | Uint8Array) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

interface Smithy {
  SignatureV4: new (
    options: object,
  ) => { sign(request: object, options: object): Promise<{ headers: Record<string, string> }> };
}

async function bySmithy(request: Whole, service: string, region: string, credentials: AwsCredentials) {
  const { SignatureV4 } = counterpart("@smithy/signature-v4") as Smithy;
  const ofS3 = service === "s3" ? { uriEscapePath: false, applyChecksum: true } : { applyChecksum: false };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, ...ofS3 });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: "https:",
      hostname: request.host,
      path: request.path,
      query: Object.fromEntries(request.query),
      headers: { ...request.headers, host: request.host },
      body: request.body,
    },
    { signingDate: new Date(NOW) },
  );
  return headers.authorization;
}

function byAws4(request: Whole, service: string, region: string, credentials: AwsCredentials) {
  const query = queryOf(request.query);
  const stamp = new Date(NOW).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const { headers } = aws4().sign(
    {
      ...{ method: request.method, host: request.host, service, region, body: request.body },
      path: request.path + (query === "" ? "" : `?${query}`),
      headers: { ...request.headers, host: request.host, "x-amz-date": stamp },
    },
    credentials,
  );
  return headers.Authorization;
}

const text = fc.string({
  unit: fc.constantFrom(..."abcXYZ019 -_.~!*'()/:=+&?%$é€"),
  minLength: 1,
  maxLength: 12,
});
const segment = text.map((raw) => uriEncoded(raw)).filter((raw) => !/^\.+$/.test(raw));

/** Of S3: keys have anything, blanks and empty segments too; what is sent is signed as it is. */
const keys = fc
  .array(
    fc.oneof(
      text.map((raw) => raw.replaceAll("/", "")),
      fc.constantFrom("", "a b", "日本", "x+y=z", "~(1)!*'.txt", "%2e"),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((parts) => `/${parts.map(uriEncoded).join("/")}`);
const objects = fc.record({
  method: fc.constantFrom("GET", "HEAD", "PUT", "DELETE", "POST"),
  host: fc.constantFrom("b.s3.eu-central-1.amazonaws.com", "127.0.0.1:9002"),
  path: keys,
  query: fc.uniqueArray(
    fc.tuple(
      fc.constantFrom("uploads", "partNumber", "uploadId", "prefix", "list-type", "a b"),
      text.map((raw) => raw.trim()),
    ),
    { maxLength: 4, selector: ([name]) => name },
  ),
  headers: fc
    .dictionary(
      fc.constantFrom("x-amz-meta-a", "x-amz-meta-b", "range", "if-none-match", "content-md5"),
      fc
        .string({ unit: fc.constantFrom(...'aZ09 "-_=:/,;*'), minLength: 1, maxLength: 14 })
        .filter((value) => value.trim() !== ""),
    )
    .map((headers): Record<string, string> => ({ ...headers })),
  body: fc.string({ maxLength: 40 }).filter((body) => body.isWellFormed()),
});

const requests = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  host: fc.constantFrom("lambda.eu-central-1.amazonaws.com", "127.0.0.1:9001"),
  path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  query: fc.uniqueArray(
    fc.tuple(
      text,
      fc.string({ maxLength: 8 }).filter((value) => value.isWellFormed()),
    ),
    {
      maxLength: 4,
      selector: ([name]) => name,
    },
  ),
  headers: fc
    .dictionary(
      fc.constantFrom("x-amz-target", "x-amz-meta-a", "content-type"),
      text.filter((value) => /^[ -~]+$/.test(value)),
    )
    .map((headers): Record<string, string> => ({ ...headers })),
  body: fc.string({ maxLength: 40 }).filter((body) => body.isWellFormed()),
});
const secrets = fc.record({
  accessKeyId: fc.stringMatching(/^AKIA[A-Z0-9]{16}$/),
  secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
  sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{20}$/), { nil: undefined }),
  expiresMs: fc.constant(undefined),
});
const scopes = fc.tuple(
  fc.constantFrom("lambda", "kinesis", "sqs", "execute-api"),
  fc.constantFrom("eu-central-1", "us-east-1"),
);

test("signatures are those of aws4 and of the SDK's signer, request by request", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(requests, secrets, scopes, async (request, credentials, [service, region]) => {
      const ours = signed(request, { service, region, credentials, nowMs: NOW });
      expect(ours.authorization).toBe(await bySmithy(request, service, region, credentials));
      // aws4 would add what a body has besides, and sign it.
      const length = { "content-length": String(Buffer.byteLength(request.body)) };
      const whole = {
        ...request,
        headers: { "content-type": "application/json", ...request.headers, ...length },
      };
      const { authorization } = signed(whole, { service, region, credentials, nowMs: NOW });
      expect(authorization).toBe(byAws4(whole, service, region, credentials));
      expect(ours["x-amz-security-token"]).toBe(credentials.sessionToken);
      compared++;
    }),
    { numRuns: 300 },
  );
  expect(compared).toBe(300);
});

test("signatures of requests to S3 are those of aws4 and of the SDK's signer, whatever the key", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(objects, secrets, async (request, credentials) => {
      const scope = { service: "s3", region: "eu-central-1", credentials, nowMs: NOW, s3: true };
      const ours = signed(request, scope);
      expect(ours.authorization).toBe(await bySmithy(request, "s3", scope.region, credentials));
      const length = { "content-length": String(Buffer.byteLength(request.body)) };
      const hash = createHash("sha256").update(request.body).digest("hex");
      // aws4 leaves it unsigned.
      const { range: _range, ...rest } = request.headers;
      const whole = { ...request, headers: { "content-type": "application/json", ...rest, ...length } };
      const theirs = { ...whole, headers: { ...whole.headers, "x-amz-content-sha256": hash } };
      expect(signed(whole, scope).authorization).toBe(byAws4(theirs, "s3", scope.region, credentials));
      compared++;
    }),
    { numRuns: 300 },
  );
  expect(compared).toBe(300);
});

test("values of fields are signed as bytes: what a letter is made of is no blank", async () => {
  const credentials = {
    accessKeyId: "A",
    secretAccessKey: "s",
    sessionToken: undefined,
    expiresMs: undefined,
  };
  // à is C3 A0 in UTF-8, and A0 alone is a blank to some.
  const text = "à  la carte à";
  const request = { method: "PUT", host: "h", path: "/k", query: [], body: "" };
  const scope = { service: "s3", region: "eu-central-1", credentials, nowMs: NOW, s3: true };
  const ours = signed(
    { ...request, headers: { "x-amz-meta-a": Buffer.from(text).toString("latin1") } },
    scope,
  );
  const theirs = await bySmithy(
    { ...request, headers: { "x-amz-meta-a": text } },
    "s3",
    "eu-central-1",
    credentials,
  );
  expect(ours.authorization).toBe(theirs);
});

test("for S3 the path stays as it is sent, and the body's hash is a field", () => {
  const request: Signable = {
    ...{ method: "GET", host: "b.s3.amazonaws.com", path: "/a%20b/c%2Bd", query: [], headers: {}, body: "" },
  };
  const credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "secret",
    sessionToken: undefined,
    expiresMs: undefined,
  };
  const ours = signed(request, { service: "s3", region: "us-east-1", credentials, nowMs: NOW, s3: true });
  const stamp = ours["x-amz-date"];
  const theirs = aws4().sign(
    {
      ...{ host: request.host, path: request.path, service: "s3", region: "us-east-1" },
      headers: { "x-amz-date": stamp, "x-amz-content-sha256": createHash("sha256").update("").digest("hex") },
    },
    credentials,
  );
  expect(ours.authorization).toBe(theirs.headers.Authorization);
});

test("the signing key of one day, Region and service is not taken for another's", () => {
  const credentials = {
    accessKeyId: "A",
    secretAccessKey: "s",
    sessionToken: undefined,
    expiresMs: undefined,
  };
  const request: Signable = { method: "GET", host: "h", path: "/", query: [], headers: {}, body: "" };
  const of = (service: string, region: string, nowMs: number, by: AwsCredentials = credentials) =>
    signed(request, { service, region, credentials: by, nowMs }).authorization;
  const all = [
    of("lambda", "eu-central-1", NOW),
    of("sqs", "eu-central-1", NOW),
    of("lambda", "us-east-1", NOW),
    of("lambda", "eu-central-1", NOW + 86_400_000),
    of("lambda", "eu-central-1", NOW, { ...credentials, secretAccessKey: "t" }),
  ];
  expect(new Set(all).size).toBe(5);
  expect(of("lambda", "eu-central-1", NOW)).toBe(all[0]);
});
