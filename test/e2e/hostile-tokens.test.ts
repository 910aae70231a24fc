import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Explanation } from "../../src/control/contract.ts";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";
import { HONEST, HOSTILE, KEYS, PUBLISHED } from "../tokens/hostile-tokens.ts";
import { Issuer } from "../tokens/issuer.ts";
import { askAdmin } from "./fig-process.ts";
import { RawAsker } from "./support/raw-asker.ts";
import { until } from "./until.ts";

let asked: string[] = [];
const side = createServer(({ rawHeaders }, answer) => {
  asked = rawHeaders;
  answer.writeHead(200, { "content-length": 2 }).end("ok");
});
let issuer: Issuer;

beforeAll(async () => {
  issuer = await Issuer.start(PUBLISHED);
  side.listen(0, "127.0.0.1");
  await once(side, "listening");
});
afterAll(async () => {
  await issuer.kill();
  side.close();
});

test("there are at least 60 cases, each with a name of its own", () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
  expect(new Set(HOSTILE.map(({ name }) => name)).size).toBe(HOSTILE.length);
});

describe.each(["auto", "node"] as const)("lane %s", (lane) => {
  let door: FrontDoor;
  let url = "";
  let adminUrl = "";
  let asker: RawAsker;

  beforeAll(async () => {
    door = createFrontDoor(
      {
        ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "shop", lane },
        upstreams: { shop: `http://127.0.0.1:${(side.address() as AddressInfo).port}` },
        limits: { headers: "64KiB" },
        policies: {
          jwt: {
            ...{ issuer: issuer.url, audience: "shop", scopes: ["orders.read", "orders"] },
            ...{ claims: { team: ["a", "b"] }, forward: { claims: ["team"] } },
          },
        },
        routes: [],
      },
      { quiet: true },
    );
    ({ url, adminUrl } = await door.listen());
    asker = new RawAsker(Number(new URL(url).port), "127.0.0.1");
    const [first] = HONEST;
    await until(
      () => ask(first?.send(issuer.url) ?? []),
      (answer) => answer?.status === 200,
    );
  });
  afterAll(async () => {
    asker.close();
    await door.close();
  });

  const ask = (headers: readonly string[]) => {
    const lines: string[] = [];
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}\r\n`);
    return asker.ask("GET", `GET /orders HTTP/1.1\r\nHost: shop.test\r\n${lines.join("")}\r\n`);
  };

  test.each(HOSTILE.map((one) => [one.name, one] as const))(
    "%s",
    async (_name, { send, verdict, status }) => {
      const headers = send(issuer.url);
      asked = [];
      const answer = await ask(headers);
      expect(answer?.status).toBe(status ?? 401);
      // Nobody was asked.
      expect(asked).toEqual([]);
      const missing = verdict === "missing";
      const code = status === 403 ? "token_forbidden" : missing ? "token_missing" : "token_invalid";
      expect(JSON.parse(answer?.body ?? "")).toMatchObject({ error: { code } });
      const challenge = answer?.fields.get("www-authenticate");
      expect(challenge).toBe(
        status === 403
          ? 'Bearer realm="fig", error="insufficient_scope", scope="orders.read orders"'
          : missing
            ? 'Bearer realm="fig", scope="orders.read orders"'
            : 'Bearer realm="fig", error="invalid_token", error_description="The access token is expired, is not for this service, or is not valid."',
      );
      // Nothing of what was sent comes back, nor why it was refused.
      const told = [...(answer?.fields.values() ?? []), answer?.body].join("\n");
      for (let i = 1; i < headers.length; i += 2)
        for (const piece of (headers[i] as string).split(/[ .]/).filter(({ length }) => length > 8))
          expect(told).not.toContain(piece);
    },
  );

  test.each(HONEST.map((one) => [one.name, one] as const))("honest: %s", async (_name, { send }) => {
    // The second time it is remembered.
    for (const _time of [1, 2]) {
      asked = [];
      expect((await ask(send(issuer.url)))?.status).toBe(200);
      const fields = new Map(
        asked.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), asked[i + 1]]] : [])),
      );
      expect(fields.get("x-fig-subject")).toBe("ada");
      expect(fields.get("x-fig-claim-team")).toMatch(/^a$|^c,b$/);
    }
  });

  test("over HTTP/2 the same is said", async () => {
    const session = connect(url);
    const statusOf = async (headers: readonly string[]) => {
      const [name, value] = headers;
      const stream = session.request({
        ":path": "/orders",
        ...(name === undefined ? {} : { [name]: value }),
      });
      const [answer] = (await once(stream, "response")) as [{ readonly ":status": number }];
      stream.resume();
      await once(stream, "close");
      return answer[":status"];
    };
    for (const { name, send } of HONEST)
      expect([name, await statusOf(send(issuer.url))]).toEqual([name, 200]);
    for (const { name, send, status } of HOSTILE) {
      const headers = send(issuer.url);
      if (headers.length > 2 || /^(?:Proxy-|Connection)/.test(headers[0] ?? "")) continue;
      expect([name, await statusOf(headers)]).toEqual([name, status ?? 401]);
    }
    session.close();
  });

  test("explain says which check failed, and never the token", async () => {
    for (const { name, send, verdict, status } of HOSTILE) {
      const lines = send(issuer.url);
      const headers: Record<string, string[]> = {};
      for (let i = 0; i < lines.length; i += 2)
        headers[lines[i] as string] = [...(headers[lines[i] as string] ?? []), lines[i + 1] as string];
      const said = await askAdmin<Explanation>(adminUrl, "POST", "/explain", {
        ...{ method: "GET", url: "/orders", headers },
      });
      const policies = [{ policy: "jwt", verdict, status: status ?? 401 }];
      expect({ name, policies: said.policies }).toMatchObject({ name, policies });
      const [, , last = ""] = (lines[1] ?? "").split(".");
      if (last.length > 20) expect(JSON.stringify(said)).not.toContain(last.slice(0, 20));
    }
  });
});

test("jose, with the same keys and rules, takes no token that is refused here as invalid, but for those that a stricter reading refuses", async () => {
  const stricter = new Set<string>();
  for (const { name, send, status } of HOSTILE) {
    if (status === 403) continue;
    const headers = send(issuer.url);
    if (headers.length !== 2 || headers[0] !== "Authorization") continue;
    const sent = (headers[1] as string).replace(/^Bearer /, "");
    const taken = await jwtVerify(
      sent,
      ({ kid }) => {
        const key = Object.hasOwn(KEYS, kid ?? "") ? KEYS[kid ?? ""] : undefined;
        if (key === undefined) throw new Error("no key");
        return key;
      },
      {
        issuer: issuer.url,
        audience: "shop",
        algorithms: ["RS256"],
        clockTolerance: 5,
        requiredClaims: ["exp"],
      },
    ).then(
      () => true,
      () => false,
    );
    if (taken) stricter.add(name);
  }
  expect([...stricter].sort()).toEqual([
    "a member twice deep within",
    "a number among the audiences",
    "a signature's last letter with other spare bits",
    "a subject that is a number",
    "alg twice in the header",
    "alg twice, once escaped",
    "b64: false that is not critical",
    "claims behind a byte order mark",
    "enc in a signed token",
    "exp 1e999",
    "exp after the year 9999",
    "exp in ms",
    "exp of more than a double counts",
    "iat negative",
    "iat of the future",
    "larger than any token",
    "padding",
    "sub twice",
    // Here it lacks its scheme.
    "the token without its scheme",
    "typ of a DPoP proof",
    "typ of a logout token",
    "typ of a security event",
    "typ that is no text",
  ]);
});
