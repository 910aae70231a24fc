import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { HttpAsker } from "../../src/asking/http-asker.ts";
import { profilesOf } from "../../src/aws/credentials/profiles.ts";
import { createCredentials } from "../../src/aws/credentials/refreshed.ts";
import type { CredentialsFrom } from "../../src/domain/aws.ts";
import { messageOf } from "../../src/domain/errors.ts";
import { readSecret } from "../../src/serving/authorizers.ts";
import { until } from "../e2e/until.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "fig-credentials-"));
  open.push(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(handle: Handle): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => handle(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Credentials in surroundings of the test's own: nothing of this machine. */
function world(
  environment: Record<string, string | undefined>,
  now = () => 1_000_000,
  read: (path: string) => Promise<string> = readSecret,
) {
  const asker = new HttpAsker();
  open.push(() => asker.close());
  const of = createCredentials(
    {
      environment: { AWS_EC2_METADATA_DISABLED: "true", ...environment },
      readFile: read,
      homeFolder: "/nonexistent",
      ask: asker.ask,
      now,
    },
    1_000,
  );
  return (from: CredentialsFrom = "auto", profile?: string) => of({ from, profile });
}

const signal = () => AbortSignal.timeout(20_000);
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const sent = (changes: object = {}) =>
  JSON.stringify({
    ...{
      AccessKeyId: "AKIDCONTAINER",
      SecretAccessKey: SECRET,
      Token: "token==",
      Expiration: "2026-11-29T12:00:00Z",
    },
    ...changes,
  });

describe("the environment and the shared file", () => {
  test("the environment comes first, with its token", async () => {
    const at = folder({
      credentials: "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = s\n",
    });
    const file = { AWS_SHARED_CREDENTIALS_FILE: join(at, "credentials") };
    const both = world({
      ...file,
      AWS_ACCESS_KEY_ID: "AKIDENV",
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_SESSION_TOKEN: "t",
    });
    expect(await both().current(signal())).toMatchObject({ accessKeyId: "AKIDENV", sessionToken: "t" });
    expect(await both("file").current(signal())).toMatchObject({ accessKeyId: "AKIDFILE" });
    expect(await world(file)().current(signal())).toMatchObject({ accessKeyId: "AKIDFILE" });
  });

  test("a profile of either file, by AWS_PROFILE or by name", async () => {
    const at = folder({
      credentials: "[shop]\naws_access_key_id=AKIDSHOP\naws_secret_access_key=s\naws_session_token=t\n",
      config:
        "# comment\n[profile other]\nregion = eu-west-1\naws_access_key_id = AKIDOTHER\naws_secret_access_key = s\n[other]\naws_access_key_id = NEVER\n",
    });
    const files = {
      AWS_SHARED_CREDENTIALS_FILE: join(at, "credentials"),
      AWS_CONFIG_FILE: join(at, "config"),
    };
    expect(await world({ ...files, AWS_PROFILE: "shop" })().current(signal())).toMatchObject({
      ...{ accessKeyId: "AKIDSHOP", sessionToken: "t" },
    });
    expect(await world(files)("file", "other").current(signal())).toMatchObject({ accessKeyId: "AKIDOTHER" });
    await expect(world(files)("file", "none").current(signal())).rejects.toMatchObject({
      code: "no_credentials",
    });
  });

  test("nested settings, comments and other sections are no keys of a profile", () => {
    const text =
      "[default]\na = 1\ns3 =\n  aws_access_key_id = NO\n; c\n[sso-session x]\na = 2\n[profile b]\na=3";
    expect(Object.fromEntries(profilesOf(text, true))).toEqual({
      default: { a: "1", s3: "" },
      b: { a: "3" },
    });
  });

  test("what is not read is said, and no secret is in any message", async () => {
    const at = folder({
      config: '[default]\ncredential_process = /bin/keys "--secret x\n',
    });
    writeFileSync(join(at, "long"), "#".repeat(1024 * 1024 + 1));
    writeFileSync(
      join(at, "token"),
      `[default]\naws_access_key_id = AKID\naws_secret_access_key = ${SECRET}\naws_session_token = a b\n`,
    );
    const failures = await Promise.all(
      [
        world({})(),
        world({})("environment"),
        world({ AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: `${SECRET}\nx` })(),
        world({ AWS_CONFIG_FILE: join(at, "config") })(),
        world({ AWS_SHARED_CREDENTIALS_FILE: at })("file"),
        world({ AWS_SHARED_CREDENTIALS_FILE: "/dev/zero" })("file"),
        world({ AWS_SHARED_CREDENTIALS_FILE: join(at, "long") })("file"),
        world({ AWS_SHARED_CREDENTIALS_FILE: join(at, "token") })("file"),
      ].map((each) => each.current(signal()).then(() => "none", messageOf)),
    );
    expect(failures).toEqual([
      "No credentials for AWS are set up here.",
      "The source of credentials environment is not set up here.",
      expect.stringContaining("characters that no credential has"),
      "The credential_process of the profile default is no command.",
      expect.stringContaining("cannot be read (EISDIR)"),
      expect.stringContaining("cannot be read (error)"),
      expect.stringContaining("cannot be read (error)"),
      expect.stringContaining("keys with characters that no credential has"),
    ]);
    expect(failures.join()).not.toContain(SECRET.slice(0, 8));
  });
});

describe("a container's credentials", () => {
  test("its token's file is read each time, and sent", async () => {
    const tokens: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      tokens.push(request.headers.authorization);
      response.end(sent());
    });
    const at = folder({ token: "Bearer one\n" });
    const of = world({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(at, "token"),
    });
    const first = await of().current(signal());
    expect(first).toEqual({
      accessKeyId: "AKIDCONTAINER",
      secretAccessKey: SECRET,
      sessionToken: "token==",
      expiresMs: Date.UTC(2026, 10, 29, 12),
    });
    expect(await of().current(signal())).toBe(first);
    writeFileSync(join(at, "token"), "Bearer two");
    of().refused(first);
    await of().current(signal());
    expect(tokens).toEqual(["Bearer one", "Bearer two"]);
  });

  test("a token goes to no other host in the clear, and no token is two fields", async () => {
    const cases = [
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://collector.example/v1",
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "t",
      },
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1.example/v1" },
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\r\nb: c",
      },
    ];
    for (const environment of cases)
      await expect(world(environment)().current(signal())).rejects.toMatchObject({ code: "no_credentials" });
  });

  test("an answer that is none gives no credentials", async () => {
    const answers = [
      "not json",
      "[]",
      "null",
      sent({ SecretAccessKey: 7 }),
      sent({ Token: "a\nb" }),
      sent({ Expiration: "soon" }),
      sent({ AccessKeyId: "" }),
      `${"[".repeat(20_000)}`,
      "x".repeat(100_000),
    ];
    for (const answer of answers) {
      const url = await serve((_request, response) => response.end(answer));
      const of = world({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
      await expect(of().current(signal())).rejects.toMatchObject({ code: "no_credentials" });
    }
  });
});

test("an instance's role by IMDSv2: a token first, and never without one", async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const token = request.headers["x-aws-ec2-metadata-token"];
    if (request.method === "PUT") {
      expect(request.headers["x-aws-ec2-metadata-token-ttl-seconds"]).toBe("300");
      response.end("imds-token");
    } else if (token !== "imds-token") response.writeHead(401).end();
    else if (request.url?.endsWith("/shop-role")) response.end(sent({ Code: "Success" }));
    else response.end("shop-role\n");
  });
  const of = world({ AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: url });
  expect(await of().current(signal())).toMatchObject({ accessKeyId: "AKIDCONTAINER" });
  expect(asked).toEqual([
    "PUT /latest/api/token",
    "GET /latest/meta-data/iam/security-credentials/",
    "GET /latest/meta-data/iam/security-credentials/shop-role",
  ]);
  const bare = await serve((_request, response) => response.writeHead(404).end());
  const none = world({ AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: bare });
  await expect(none().current(signal())).rejects.toThrow("knows no role");
});

test("an instance's service is asked by IPv6 where the environment says so", async () => {
  const asked: string[] = [];
  const of = (environment: Record<string, string>) =>
    createCredentials({
      environment,
      readFile: readSecret,
      homeFolder: "/nonexistent",
      ask: async ({ url }) => {
        asked.push(url.origin);
        return { kind: "failed", why: "unreachable", detail: "nobody is there" };
      },
      now: () => 0,
    })({ from: "instance", profile: undefined }).current(signal());
  const mode = (said: string) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: said });
  const own = { AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" };
  for (const environment of [{}, mode("IPv4"), mode("IPv6"), { ...mode("IPv6"), ...own }])
    await expect(of(environment)).rejects.toThrow("did not answer");
  expect(asked).toEqual([
    "http://169.254.169.254",
    "http://169.254.169.254",
    "http://[fd00:ec2::254]",
    "http://127.0.0.1:1",
  ]);
});

test("a role by web identity: STS is asked with the file's token", async () => {
  let form = "";
  let denied = false;
  const url = await serve((_request, response, body) => {
    form = body;
    if (denied)
      return response
        .writeHead(403)
        .end(
          "<ErrorResponse><Error><Code>AccessDenied</Code><Message>secret things</Message></Error></ErrorResponse>",
        );
    return response.end(
      `<AssumeRoleWithWebIdentityResponse><Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>st==</SessionToken><Expiration>2026-11-29T12:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResponse>`,
    );
  });
  const at = folder({ token: "eyJ.a.b\n" });
  const environment = {
    ...{
      AWS_WEB_IDENTITY_TOKEN_FILE: join(at, "token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/shop",
    },
    ...{ AWS_ROLE_SESSION_NAME: "door 1", AWS_ENDPOINT_URL_STS: url },
  };
  expect(await world(environment)().current(signal())).toMatchObject({
    accessKeyId: "ASIAX",
    sessionToken: "st==",
  });
  expect(Object.fromEntries(new URLSearchParams(form))).toEqual({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: "arn:aws:iam::123456789012:role/shop",
    RoleSessionName: "door 1",
    WebIdentityToken: "eyJ.a.b",
  });
  denied = true;
  const failure = await world(environment)()
    .current(signal())
    .then(() => "", messageOf);
  expect(failure).toContain("AccessDenied");
  expect(failure).not.toContain("secret things");
});

describe("credentials that end", () => {
  async function ending() {
    let now = Date.UTC(2026, 10, 29, 11);
    let looks = 0;
    let broken = false;
    let pending: (() => void)[] | undefined;
    const url = await serve((_request, response) => {
      looks++;
      const answer = () =>
        broken
          ? response.writeHead(500).end()
          : response.end(
              sent({ AccessKeyId: `AKID${looks}`, Expiration: new Date(now + 3_600_000).toISOString() }),
            );
      if (pending === undefined) answer();
      else pending.push(answer);
    });
    const of = world({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }, () => now);
    return {
      current: () => of().current(signal()),
      credentials: of(),
      pass: (ms: number) => {
        now += ms;
      },
      looks: () => looks,
      breakIt: (yes: boolean) => {
        broken = yes;
      },
      holdIt: () => {
        pending = [];
        return () => {
          for (const answer of pending?.splice(0) ?? []) answer();
          pending = undefined;
        };
      },
    };
  }

  test("a hundred who ask at once look once", async () => {
    const it = await ending();
    const all = await Promise.all(Array.from({ length: 100 }, it.current));
    expect(new Set(all).size).toBe(1);
    expect(it.looks()).toBe(1);
  });

  test("fresh ones are looked for before the end, and nobody waits for them", async () => {
    const it = await ending();
    const first = await it.current();
    it.pass(3_600_000 - 4 * 60_000);
    const release = it.holdIt();
    expect(await it.current()).toBe(first);
    await until(it.looks, (looks) => looks === 2);
    expect(await it.current()).toBe(first);
    release();
    const next = await until(it.current, (found) => found !== first);
    expect(next.accessKeyId).toBe("AKID2");
    expect(it.looks()).toBe(2);
  });

  test("while the source is away the old ones serve to their end, and then nobody gets any", async () => {
    const it = await ending();
    const first = await it.current();
    it.breakIt(true);
    it.pass(3_600_000 - 4 * 60_000);
    expect(await it.current()).toBe(first);
    it.pass(3.5 * 60_000);
    // They end within a minute: it is waited for fresh ones, and in a pause after a failure the old ones serve.
    await it.current().then(
      () => undefined,
      () => undefined,
    );
    it.pass(60_000);
    await expect(it.current()).rejects.toMatchObject({ code: "no_credentials" });
    const looks = it.looks();
    await expect(it.current()).rejects.toMatchObject({ code: "no_credentials" });
    expect(it.looks()).toBe(looks);
    it.breakIt(false);
    it.pass(3_000);
    expect((await it.current()).accessKeyId).toBe(`AKID${looks + 1}`);
  });

  test("a clock that is set back is no reason to wait for it", async () => {
    const it = await ending();
    it.breakIt(true);
    await expect(it.current()).rejects.toMatchObject({ code: "no_credentials" });
    it.breakIt(false);
    it.pass(-86_400_000);
    expect((await it.current()).accessKeyId).toBe("AKID2");
  });

  test("a disk that does not answer is waited for no longer than any other place, and looked at again", async () => {
    let hangs = true;
    let now = 0;
    const keys = `[default]\naws_access_key_id = AKIDDISK\naws_secret_access_key = ${SECRET}\n`;
    const of = world(
      {},
      () => now,
      () => (hangs ? new Promise(() => {}) : Promise.resolve(keys)),
    );
    await expect(of("file").current(signal())).rejects.toMatchObject({ code: "no_credentials" });
    hangs = false;
    now = 10_000;
    expect(await of("file").current(signal())).toMatchObject({ accessKeyId: "AKIDDISK" });
  });

  test("who gives up waits no longer, and the look goes on for the others", async () => {
    const it = await ending();
    const release = it.holdIt();
    const controller = new AbortController();
    const given = it.credentials.current(controller.signal).then(() => "got", messageOf);
    const patient = it.current();
    controller.abort();
    expect(await given).toContain("did not come in time");
    await until(it.looks, (looks) => looks === 1);
    release();
    expect((await patient).accessKeyId).toBe("AKID1");
  });
});
