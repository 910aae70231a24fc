import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AwsCredentials } from "../../src/aws/contract.ts";
import { queryOf, type Signable, signed, uriEncoded } from "../../src/aws/sigv4.ts";
import { aws4, counterpart } from "../support/counterparts.ts";

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

async function bySmithy(request: Signable, service: string, region: string, credentials: AwsCredentials) {
  const { SignatureV4 } = counterpart("@smithy/signature-v4") as Smithy;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
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

function byAws4(request: Signable, service: string, region: string, credentials: AwsCredentials) {
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
