import fc from "fast-check";
import { expect, test } from "vitest";
import { queryOf, signed } from "../../src/aws/sigv4.ts";
import { checkSignature, type SignedRequest } from "../../src/aws/sigv4-check.ts";
import { aws4 } from "../support/counterparts.ts";

const KEY = {
  ...{ accessKeyId: "FIGCHATPUBLISHER1", secretAccessKey: "a secret of the chat's own" },
  ...{ sessionToken: undefined, expiresMs: undefined },
};
const KEYS = new Map([[KEY.accessKeyId, KEY]]);
const NOW = Date.UTC(2026, 10, 30, 12);

/** As it comes over the wire. */
function received(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): SignedRequest {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    ...{ method, target, body: Buffer.from(body) },
    header: (name) => (lower[name] === undefined ? [] : [lower[name]]),
  };
}

function ours(path: string, query: readonly (readonly [string, string])[], body: string, nowMs = NOW) {
  const request = { method: "POST", host: "door.test:8080", path, query, headers: {}, body };
  const headers = signed(request, { service: "execute-api", region: "eu-west-1", credentials: KEY, nowMs });
  const target = query.length === 0 ? path : `${path}?${queryOf(query)}`;
  return received("POST", target, headers, body);
}

const check = (request: SignedRequest, nowMs = NOW) => checkSignature(request, "execute-api", KEYS, nowMs);

test("whatever is signed with a key is taken, and nothing that was changed since", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((each) => each.isWellFormed());
  fc.assert(
    fc.property(text, fc.array(fc.tuple(text, text), { maxLength: 3 }), text, (segment, query, body) => {
      const path = `/chat/@connections/${encodeURIComponent(segment)}`;
      const request = ours(path, query, body);
      expect(check(request)).toEqual({ kind: "signed", accessKeyId: KEY.accessKeyId });
      expect(check({ ...request, body: Buffer.from(`${body}.`) })).toMatchObject({
        error: "InvalidSignatureException",
      });
      expect(check({ ...request, target: `${request.target}x` }).kind).toBe("refused");
      expect(check({ ...request, method: "DELETE" }).kind).toBe("refused");
    }),
    { numRuns: 200 },
  );
});

test("what aws4 signs is taken", () => {
  const body = '{"a":1}';
  const options = {
    ...{ service: "execute-api", region: "us-east-1", method: "POST", host: "door.test", body },
    path: "/chat/%40connections/abc%3D?tag=a%20b",
    headers: { "x-amz-date": "20261130T120000Z", "content-type": "application/json" },
  };
  const { headers } = aws4().sign(options, KEY);
  expect(check(received("POST", options.path, headers, body))).toMatchObject({ kind: "signed" });
});

test("an old signature, another key, another service and a lied hash are refused, each by AWS's name", () => {
  const request = ours("/chat/@connections/a", [], "x");
  const [authorization = ""] = request.header("authorization");
  const withHeader = (name: string, value: string): SignedRequest => ({
    ...request,
    header: (asked) => (asked === name ? [value] : request.header(asked)),
  });
  const error = (one: SignedRequest, nowMs = NOW) => {
    const verdict = check(one, nowMs);
    return verdict.kind === "refused" ? verdict.error : verdict.kind;
  };
  expect(error(request, NOW + 299_000)).toBe("signed");
  expect(error(request, NOW + 301_000)).toBe("InvalidSignatureException");
  expect(error(request, NOW - 301_000)).toBe("InvalidSignatureException");
  expect(error(withHeader("authorization", authorization.replace("FIGCHAT", "FIGCHAR")))).toBe(
    "UnrecognizedClientException",
  );
  expect(error(withHeader("authorization", authorization.replace("execute-api", "lambda")))).toBe(
    "IncompleteSignatureException",
  );
  expect(error(withHeader("authorization", authorization.replace("host;", "")))).toBe(
    "IncompleteSignatureException",
  );
  expect(error(withHeader("x-amz-content-sha256", "0".repeat(64)))).toBe("InvalidSignatureException");
  expect(error(withHeader("authorization", "Bearer x"))).toBe("IncompleteSignatureException");
  expect(error({ ...request, header: () => [] })).toBe("MissingAuthenticationTokenException");
});
