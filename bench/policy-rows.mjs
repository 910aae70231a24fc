// What `npm run bench -- policies` measures: one row a policy, beside the same fig without it. A new policy is a row here.
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { scratch } from "./peers.mjs";

/** Requests that say one of so many teams, in turn. */
function teams(count) {
  const file = join(scratch, "teams.lua");
  writeFileSync(
    file,
    `local n = 0
request = function()
  n = (n + 1) % ${count}
  wrk.headers["x-team"] = "team-" .. n
  return wrk.format(nil)
end
`,
  );
  return file;
}

/** Routes (YAML) that the measured requests do not take, and one that they take. */
function otherRoutes(more) {
  const route = (id, path, policies) =>
    `  - { id: ${id}, match: { path: "${path}" }, modern: modern${policies} }\n`;
  const others = Array.from({ length: 20 }, (_, at) => route(`other-${at}`, `/other-${at}/{x+}`, more));
  return `routes:\n${others.join("")}${route("orders", "/orders/{id}", "")}`;
}

/** Requests that carry this field. */
function field(name, value) {
  const file = join(scratch, `${name}.lua`);
  writeFileSync(file, `wrk.headers["${name}"] = "${value}"\n`);
  return file;
}

/** Makes a key on a front door, and a script whose requests carry it. */
async function withKey(adminUrl) {
  const response = await fetch(new URL("/api/v1/keys", adminUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "bench" }),
  });
  if (!response.ok) throw new Error(`no key was made: ${response.status} ${await response.text()}`);
  const { key } = await response.json();
  return field("x-api-key", key);
}

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token, signed with RS256, and the file of the keys that it is verified with. */
function signedToken() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwks = join(scratch, "jwks.json");
  const key = { ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };
  writeFileSync(jwks, JSON.stringify({ keys: [key] }));
  const seconds = Math.floor(Date.now() / 1000);
  const head = base64url({ alg: "RS256", kid: "one", typ: "JWT" });
  const claims = base64url({
    iss: "https://id.test",
    sub: "ada",
    aud: "shop",
    iat: seconds,
    exp: seconds + 3600,
  });
  const signature = sign("sha256", Buffer.from(`${head}.${claims}`), privateKey).toString("base64url");
  return { jwks, token: `${head}.${claims}.${signature}` };
}

/** Takes spans, and looks at none. */
async function startReceiver() {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end("{}"));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const end = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, end };
}

/**
 * Each: `name`; `bound` of the ratio of CPU (left out: recorded); `begin(upstream)`, which gives `on` (YAML below fig.yaml's own), `off` (the same
 * of the fig without it, left out: nothing; either may be files of startFig instead), `script` (of wrk) and `end()`, or some of these;
 * `scriptOf(adminUrl)`: the script, of the fig that has the policy once it serves. `requests`: the bound of the ratio of requests/s. `one`: the interval's lower
 * end is at most that.
 */
export const POLICY_ROWS = [
  {
    name: "no policies",
    what: "a route without any, where 20 others have `limit`, `apiKeys`, `cors`, `cache`, `compress` and `networks`",
    bound: 1.03,
    one: 1,
    begin: () => {
      const policies =
        ", policies: { limit: { rate: 100/s, key: ip }, apiKeys: {}, cors: { allowOrigins: [https://shop.test] }, cache: {}, compress: {}, networks: { deny: [203.0.113.0/24] } }";
      return { on: { routes: otherRoutes(policies) }, off: { routes: otherRoutes("") } };
    },
  },
  {
    name: "limit",
    what: "`limit: { rate, burst, key: ip }`, far from its bound, with its fields in every answer",
    bound: 1.05,
    requests: 0.95,
    begin: () => ({ on: "policies: { limit: { rate: 1000000/s, burst: 1000000, key: ip } }\n" }),
  },
  {
    name: "API keys",
    what: "`apiKeys`, and a `limit` for each key",
    requests: 0.9,
    begin: () => ({
      on: "policies: { apiKeys: {}, limit: { rate: 1000000/s, burst: 1000000, key: apiKey } }\n",
      scriptOf: withKey,
    }),
  },
  {
    name: "limit, no fields",
    what: "the same with `headers: false`",
    begin: () => ({
      on: "policies: { limit: { rate: 1000000/s, burst: 1000000, key: ip, headers: false } }\n",
    }),
  },
  {
    name: "limit, 10,000 keys",
    what: "a rate and a quota by a header of 10,000 values",
    begin: () => ({
      on: "policies: { limit: { rate: 100000/s, key: header:x-team, quota: 100000000/day } }\n",
      script: teams(10_000),
    }),
  },
  {
    name: "jwt",
    what: "`jwt` with a token of RS256 that was verified before",
    bound: 1.15,
    begin: () => {
      const { jwks, token } = signedToken();
      return {
        on: `policies: { jwt: { issuer: "https://id.test", jwks: "${jwks}", audience: shop } }\n`,
        script: field("authorization", `Bearer ${token}`),
      };
    },
  },
  {
    name: "tracing",
    what: "`tracing: { sample: 1 }`, to a receiver that takes spans",
    bound: 1.05,
    begin: async () => {
      const { url, end } = await startReceiver();
      return { on: `tracing: { endpoint: "${url}", sample: 1 }\n`, end };
    },
  },
  {
    name: "networks",
    what: "`networks: { deny: [...] }` of three networks",
    begin: () => ({
      on: "policies: { networks: { deny: [203.0.113.0/24, 198.51.100.0/24, 2001:db8::/32] } }\n",
    }),
  },
];
