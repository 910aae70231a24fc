import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { HttpAsker } from "../../src/asking/http-asker.ts";
import { createCredentials } from "../../src/aws/credentials/refreshed.ts";
import { signed } from "../../src/aws/sigv4.ts";
import { messageOf } from "../../src/domain/errors.ts";
import { until } from "../e2e/until.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

const START = Date.UTC(2026, 10, 30, 6);
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const ROLE = "arn:aws:iam::123456789012:role";

interface Asked {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly form: Readonly<Record<string, string>>;
  readonly body: string;
}

/** STS and the portal of IAM Identity Center; each role's key is named by the role. */
async function aws(answer?: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = [];
  let now = START;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const form = Object.fromEntries(new URLSearchParams(body));
    const one = { target: request.url ?? "", headers: request.headers, form, body };
    asked.push(one);
    if (answer !== undefined) answer(one, response);
    else
      response.end(
        `<R><Credentials><AccessKeyId>ASIA${form.RoleArn?.split("/").at(-1)}${asked.length}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>st==</SessionToken><Expiration>${new Date(now + 3_600_000).toISOString()}</Expiration></Credentials></R>`,
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const home = mkdtempSync(join(tmpdir(), "fig-profiles-"));
  open.push(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".aws/sso/cache"), { recursive: true });
  const asker = new HttpAsker();
  open.push(() => asker.close());
  return {
    asked,
    pass: (ms: number) => {
      now += ms;
    },
    write: (name: string, text: string) => writeFileSync(join(home, ".aws", name), text),
    profile(profile: string, environment: Record<string, string> = {}) {
      const of = createCredentials({
        environment: { AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL: url, ...environment },
        readFile: (path) => readFile(path, "utf8"),
        ...{ homeFolder: home, ask: asker.ask, now: () => now },
      })({ from: "file", profile });
      return () => of.current(AbortSignal.timeout(20_000));
    },
    fails: (get: () => Promise<unknown>) => get().then(() => "none", messageOf),
  };
}

const KEYS = `[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = ${SECRET}\n`;
const roleOf = (name: string, more: string) => `[profile ${name}]\nrole_arn = ${ROLE}/${name}\n${more}\n`;

describe("a role by another profile", () => {
  test("STS is asked by the other's keys, signed, with what the profile says", async () => {
    const it = await aws();
    it.write("credentials", KEYS);
    it.write(
      "config",
      roleOf(
        "shop",
        "source_profile = base\nexternal_id = x-1\nrole_session_name = door\nduration_seconds = 900\nregion = eu-central-1",
      ),
    );
    const found = await it.profile("shop")();
    expect(found).toMatchObject({
      accessKeyId: "ASIAshop1",
      sessionToken: "st==",
      expiresMs: START + 3_600_000,
    });
    const [{ form, headers, body }] = it.asked as [Asked];
    expect(form).toEqual({
      ...{ Action: "AssumeRole", Version: "2011-06-15", RoleArn: `${ROLE}/shop`, RoleSessionName: "door" },
      ...{ ExternalId: "x-1", DurationSeconds: "900" },
    });
    const credentials = {
      accessKeyId: "AKIDBASE",
      secretAccessKey: SECRET,
      sessionToken: undefined,
      expiresMs: undefined,
    };
    const again = signed(
      {
        ...{ method: "POST", host: String(headers.host), path: "/", query: [], body },
        headers: { "content-type": String(headers["content-type"]), accept: String(headers.accept) },
      },
      { service: "sts", region: "eu-central-1", credentials, nowMs: START },
    );
    expect(headers.authorization).toBe(again.authorization);
    expect(headers["x-amz-date"]).toBe("20261130T060000Z");
  });

  test("roles come one from another, each signed with the one before", async () => {
    const it = await aws();
    it.write("credentials", KEYS);
    it.write("config", roleOf("one", "source_profile = base") + roleOf("two", "source_profile = one"));
    expect((await it.profile("two")()).accessKeyId).toBe("ASIAtwo2");
    const [first, second] = it.asked as [Asked, Asked];
    expect(first.headers.authorization).toContain("Credential=AKIDBASE/20261130/us-east-1/sts/");
    expect(second.headers.authorization).toContain("Credential=ASIAone1/");
    expect(second.headers["x-amz-security-token"]).toBe("st==");
  });

  test("a profile that is its own source gives its keys to its role", async () => {
    const it = await aws();
    it.write("credentials", KEYS);
    it.write("config", roleOf("base", "source_profile = base"));
    expect((await it.profile("base")()).accessKeyId).toBe("ASIAbase1");
    expect(it.asked[0]?.headers.authorization).toContain("Credential=AKIDBASE/");
  });

  test("roles that come from each other in a circle, or by too many others, are said", async () => {
    const it = await aws((_asked, response) => response.end());
    const profile = (name: string, source: string) =>
      `[profile ${name}]\nrole_arn = arn:aws:iam::123456789012:role/${name}\nsource_profile = ${source}\n`;
    it.write("config", profile("a", "b") + profile("b", "a"));
    expect(await it.fails(it.profile("a"))).toContain("is its own source, and has no keys");
    it.write("config", Array.from({ length: 9 }, (_, i) => profile(`p${i}`, `p${i + 1}`)).join(""));
    expect(await it.fails(it.profile("p0"))).toContain("More than 5 roles");
    expect(it.asked).toEqual([]);
  });

  test("a clock that is off is put right by STS's own, once", async () => {
    let theirs = START + 7_200_000;
    const it = await aws(({ headers }, response) => {
      response.setHeader("date", new Date(theirs).toUTCString());
      const xml = (name: string, text: string) => `<${name}>${text}</${name}>`;
      if (headers["x-amz-date"] !== "20261130T080000Z")
        response.writeHead(403).end(xml("Code", "SignatureDoesNotMatch"));
      else
        response.end(
          xml("AccessKeyId", "ASIATIME") +
            xml("SecretAccessKey", SECRET) +
            xml("SessionToken", "st") +
            xml("Expiration", "2026-11-30T09:00:00Z"),
        );
    });
    it.write("credentials", KEYS);
    it.write("config", roleOf("shop", "source_profile = base"));
    expect(await it.profile("shop")()).toMatchObject({ accessKeyId: "ASIATIME" });
    expect(it.asked).toHaveLength(2);
    theirs = START + 7_500_000;
    expect(await it.fails(it.profile("shop"))).toContain("SignatureDoesNotMatch");
    expect(it.asked).toHaveLength(4);
  });

  test("keys of the environment, by credential_source", async () => {
    const it = await aws();
    it.write("config", roleOf("shop", "credential_source = Environment"));
    const environment = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: SECRET };
    expect((await it.profile("shop", environment)()).accessKeyId).toBe("ASIAshop1");
    expect(it.asked[0]?.headers.authorization).toContain("Credential=AKIDENV/");
  });

  test("it is assumed again before it ends, and nobody waits for that", async () => {
    const it = await aws();
    it.write("credentials", KEYS);
    it.write("config", roleOf("shop", "source_profile = base"));
    const current = it.profile("shop");
    const first = await current();
    it.pass(3_600_000 - 4 * 60_000);
    expect(await current()).toBe(first);
    const next = await until(current, (found) => found !== first);
    expect(next.accessKeyId).toBe("ASIAshop2");
  });

  test.each<[string, string, string]>([
    [
      "a circle",
      roleOf("shop", "source_profile = two") + roleOf("two", "source_profile = shop"),
      "its own source",
    ],
    [
      "too many",
      [1, 2, 3, 4, 5].map((n) => roleOf(`r${n}`, `source_profile = r${n + 1}`)).join("") +
        roleOf("shop", "source_profile = r1") +
        roleOf("r6", "source_profile = base"),
      "More than 5 roles",
    ],
    ["a source that is not there", roleOf("shop", "source_profile = gone"), "which is not there"],
    [
      "a source without keys",
      `${roleOf("shop", "source_profile = two")}[profile two]\nregion = x\n`,
      "has no keys",
    ],
    [
      "a code to type",
      roleOf("shop", "source_profile = base\nmfa_serial = arn:x"),
      "nobody is here to type it",
    ],
    ["a source that is not known", roleOf("shop", "credential_source = Toaster"), "not set up here"],
  ])("%s is said, and STS is not asked", async (_name, config, says) => {
    const it = await aws();
    it.write("credentials", KEYS);
    it.write("config", config);
    expect(await it.fails(it.profile("shop"))).toContain(says);
    expect(it.asked).toEqual([]);
  });

  test("what STS refuses is said by its code alone", async () => {
    const it = await aws((_asked, response) =>
      response
        .writeHead(403)
        .end(`<E><Error><Code>AccessDenied</Code><Message>${SECRET}</Message></Error></E>`),
    );
    it.write("credentials", KEYS);
    it.write("config", roleOf("shop", "source_profile = base"));
    const said = await it.fails(it.profile("shop"));
    expect(said).toContain("AccessDenied");
    expect(said).not.toContain(SECRET.slice(0, 8));
  });
});

describe("a login at IAM Identity Center", () => {
  const SESSION = `[sso-session  work]\nsso_start_url = https://w.awsapps.com/start\nsso_region = eu-west-1\n[profile shop]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Reader\n`;
  const OLD = `[profile shop]\nsso_start_url = https://w.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Reader\n`;
  const granted = (_asked: Asked, response: ServerResponse) =>
    response.end(
      JSON.stringify({
        roleCredentials: {
          accessKeyId: "ASIASSO",
          secretAccessKey: SECRET,
          sessionToken: "st",
          expiration: START + 3_600_000,
        },
      }),
    );
  const cached = (of: string) => `sso/cache/${createHash("sha1").update(of).digest("hex")}.json`;
  const login = (expiresAt: string) => JSON.stringify({ accessToken: "sso-token", expiresAt });

  test.each([
    ["by its session's name", SESSION, "work", "2026-11-30T08:00:00Z"],
    [
      "by its start URL and with a time as they were at first",
      OLD,
      "https://w.awsapps.com/start",
      "2026-11-30T08:00:00UTC",
    ],
  ])("its token is found %s, and gives the role's credentials", async (_name, config, of, ends) => {
    const it = await aws(granted);
    it.write("config", config);
    it.write(cached(of), login(ends));
    expect(await it.profile("shop")()).toEqual({
      ...{
        accessKeyId: "ASIASSO",
        secretAccessKey: SECRET,
        sessionToken: "st",
        expiresMs: START + 3_600_000,
      },
    });
    const [{ target, headers }] = it.asked as [Asked];
    expect(target).toBe("/federation/credentials?role_name=Reader&account_id=123456789012");
    expect(headers["x-amz-sso_bearer_token"]).toBe("sso-token");
  });

  test("where there is none, or it has ended, it is said who has to log in", async () => {
    const it = await aws(granted);
    it.write("config", SESSION);
    expect(await it.fails(it.profile("shop"))).toContain("There is no login");
    it.write(cached("work"), login("2026-11-30T05:00:00Z"));
    expect(await it.fails(it.profile("shop"))).toContain("has ended");
    expect(it.asked).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void, string]>([
    ["a refusal", (response) => response.writeHead(401).end(`{"message":"${SECRET}"}`), "status 401"],
    ["no credentials", (response) => response.end('{"roleCredentials":null}'), "something else"],
    [
      "no end",
      (response) =>
        response.end(
          `{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"${SECRET}","sessionToken":"t"}}`,
        ),
      "something else",
    ],
  ])("%s is said, and no secret", async (_name, reply, says) => {
    const it = await aws((_asked, response) => reply(response));
    it.write("config", SESSION);
    it.write(cached("work"), login("2026-11-30T08:00:00Z"));
    const said = await it.fails(it.profile("shop"));
    expect(said).toContain(says);
    expect(said).not.toContain(SECRET.slice(0, 8));
    expect(said).not.toContain("sso-token");
  });
});
