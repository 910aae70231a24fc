import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { certificate, type Pair } from "../support/certificates.ts";
import { until } from "./until.ts";

/** `FIG_CERTIFICATES=100 npx vitest run test/e2e/certificates.test.ts` */
const TIMES = Number(process.env.FIG_CERTIFICATES ?? 20);
const run = promisify(execFile);
const DAY_MS = 86_400_000;

async function door(pair: Pair, lines = "") {
  const folder = mkdtempSync(join(tmpdir(), "fig-certificates-"));
  const upstream = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const { port } = upstream.address() as AddressInfo;
  mkdirSync(join(folder, "tls"));
  const put = ({ cert, key }: Pair) => {
    for (const [name, text] of [
      ["a.key", key],
      ["a.crt", cert],
    ] as const) {
      writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
      renameSync(join(folder, `${name}.new`), join(folder, "tls", name));
    }
  };
  put(pair);
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: { address: "127.0.0.1:0", tls: { cert: tls/a.crt, key: tls/a.key${lines} } }\nadmin: "unix:admin.sock"\nstate: "memory:"\ndefault: m\nupstreams: { m: "http://127.0.0.1:${port}" }\n`,
  );
  const front = createFrontDoor(join(folder, "fig.yaml"), { quiet: true });
  const { url, adminUrl } = await front.listen();
  onTestFinished(async () => {
    await front.close();
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, front, put, url, adminUrl, port: Number(new URL(url).port) };
}

/** Asks once; gives the body, or what failed. */
function asked(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const one = request({ host: "127.0.0.1", port, agent, rejectUnauthorized: false }, (response) => {
      let body = "";
      response.on("data", (bytes) => {
        body += bytes;
      });
      response.on("end", () => resolve(body));
      response.on("error", (error) => resolve(String(error)));
    });
    one.on("error", (error) => resolve(String(error)));
    one.end();
  });
}

async function served(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.raw.toString("base64") ?? "";
  } finally {
    socket.destroy();
  }
}

const der = ({ cert }: Pair) => cert.replaceAll(/-----[^-]+-----|\s/g, "");

test(`a certificate is replaced ${TIMES} times under load, and no request fails`, {
  timeout: 600_000,
}, async () => {
  const pairs = Array.from({ length: 4 }, () => certificate());
  const { port, put } = await door(pairs[0] as Pair);
  const kept = new Agent({ keepAlive: true, maxSockets: 2 });
  onTestFinished(() => kept.destroy());
  const fresh = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  const wrong: string[] = [];
  let count = 0;
  let over = false;
  const load = [kept, kept, fresh].map(async (agent) => {
    while (!over) {
      const body = await asked(port, agent);
      count++;
      if (body !== "ok") wrong.push(body);
      await sleep(2);
    }
  });
  const waits: number[] = [];
  for (let i = 1; i <= TIMES; i++) {
    const next = pairs[i % pairs.length] as Pair;
    put(next);
    const from = performance.now();
    await until(
      () => served(port),
      (now) => now === der(next),
    );
    waits.push(performance.now() - from);
  }
  over = true;
  await Promise.all(load);
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(TIMES);
  waits.sort((a, b) => a - b);
  const ms = (at: number) => `${Math.round(waits[at] as number)} ms`;
  if (process.env.FIG_CERTIFICATES !== undefined)
    console.info(`${count} requests; served after ${ms(TIMES >> 1)} (median), ${ms(TIMES - 1)} (longest)`);
});

test("what is half written, of another key, or has ended changes nothing, and is said", async () => {
  const [first, second] = [certificate(), certificate()];
  const { port, put, front } = await door(first);
  const says = async (what: RegExp) => {
    const found = await until(
      async () => (await front.status()).problems.join("\n"),
      (messages) => what.test(messages),
    );
    expect(found).not.toContain("PRIVATE");
    expect(await served(port)).toBe(der(first));
  };
  put({ cert: second.cert.slice(0, 300), key: second.key });
  await says(/tls\/a\.crt: there is no whole certificate in it/);
  put({ cert: second.cert, key: first.key });
  await says(/tls\/a\.key: the key is not that of the certificate/);
  put(certificate({ from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }));
  await says(/tls\/a\.crt: the certificate has ended at 2021/);
  put(second);
  await until(
    () => served(port),
    (now) => now === der(second),
  );
  await until(
    async () => (await front.status()).problems,
    (problems) => problems.length === 0,
  );
});

test("one that soon ends is a problem and a number; one that has ended is served where there is no other", async () => {
  const soon = certificate({ to: new Date(Date.now() + 5 * DAY_MS).toISOString() });
  const { folder, front } = await door(soon);
  const { certificates, problems } = await front.status();
  expect(problems).toEqual([expect.stringMatching(/^the certificate of localhost ends in [45] d/)]);
  const { fingerprint256, validTo } = new X509Certificate(soon.cert);
  expect(certificates).toEqual([
    {
      name: "localhost",
      names: expect.arrayContaining(["localhost"]),
      fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
      endsAt: new Date(validTo).toISOString(),
    },
  ]);
  const { stdout } = await run("curl", [
    "-s",
    "--unix-socket",
    join(folder, "admin.sock"),
    "http://localhost/metrics",
  ]);
  const ends = /^fig_certificate_expires_seconds\{name="localhost"\} (\S+)$/m.exec(stdout)?.[1];
  expect(Number(ends) * 1000).toBeGreaterThan(Date.now() + 4 * DAY_MS);
  const old = await door(certificate({ from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }));
  expect(await served(old.port)).not.toBe("");
  expect((await old.front.status()).problems[0]).toMatch(/has ended at 2021-\S+: clients refuse it/);
});

test("curl and openssl speak with it", async () => {
  const authority = certificate({ names: ["ca"], authority: true });
  const { folder, url, port } = await door(certificate({ signedBy: authority }));
  writeFileSync(join(folder, "ca.crt"), authority.cert);
  chmodSync(folder, 0o700);
  const ca = join(folder, "ca.crt");
  for (const version of ["--tlsv1.2", "--tlsv1.3"]) {
    const { stdout } = await run("curl", [
      "-sS",
      version,
      "--cacert",
      ca,
      url.replace("127.0.0.1", "localhost"),
    ]);
    expect(stdout).toBe("ok");
  }
  await expect(run("curl", ["-sS", "--cacert", ca, "--tls-max", "1.1", url])).rejects.toThrow();
  const words = await run("curl", ["-sS", `http://127.0.0.1:${port}/`]);
  expect(JSON.parse(words.stdout)).toMatchObject({ error: { code: "plain_http" } });
  const checked = run("openssl", [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    "-CAfile",
    ca,
    "-brief",
    "-ign_eof",
    "-verify_return_error",
  ]);
  checked.child.stdin?.end("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const { stdout, stderr } = await checked;
  expect(stderr).toContain("Verification: OK");
  expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
});
