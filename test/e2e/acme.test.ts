import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { recordNames } from "../../src/front-door/acme/records.ts";
import { openStore } from "../../src/store/index.ts";
import { freePort } from "../support/free-port.ts";
import { Pebble, withPebble } from "../support/pebble.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { AcmeDoor, DOMAIN } from "./support/acme-door.ts";
import { sayingWhen } from "./support/renewal-info.ts";
import { until } from "./until.ts";

const issuedBy = async (door: AcmeDoor, name = DOMAIN) =>
  until(
    () => door.served(name),
    ({ issuer }) => String(issuer).startsWith("Pebble Intermediate"),
    60_000,
  );

/** Asks once over the agent's connection. */
function askedOver(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve) => {
    const to = { host: "127.0.0.1", port, agent, rejectUnauthorized: false };
    const one = request(to, (answer) => {
      let text = "";
      answer.on("data", (bytes) => {
        text += bytes;
      });
      answer.on("end", () => resolve(text));
    });
    one.on("error", (error) => resolve(String(error)));
    one.end();
  });
}

withPebble("certificates by ACME", () => {
  test.each(["http-01", "tls-alpn-01"] as const)(
    "a certificate is ordered with %s, and served; until then a placeholder is, and status says so",
    { timeout: 90_000 },
    async (challenge) => {
      const pebble = await Pebble.start();
      const domains = [DOMAIN, "api.example.test"];
      const door = await AcmeDoor.open(pebble, { challenge, domains, times: { spreadMs: 1500 } });
      expect((await door.served()).issuer).toBe(DOMAIN);
      expect(await door.problems()).toMatch(
        /there is no certificate for shop\.example\.test yet: it is being ordered/,
      );
      await issuedBy(door);
      const root = await pebble.root();
      for (const name of domains) await door.served(name, root);
      await until(
        () => door.problems(),
        (problems) => problems === "",
      );
      const metrics = await door.metrics();
      expect(metrics).toMatch(/^fig_certificate_expires_seconds\{name="shop\.example\.test"\} \d+$/m);
      // It asks from several places.
      const asked = new RegExp(`^fig_acme_challenges_total\\{type="${challenge}"\\} (\\d+)$`, "m").exec(
        metrics,
      );
      expect(Number(asked?.[1])).toBeGreaterThanOrEqual(domains.length);
      expect(await door.orders("issued")).toBe(1);
      // What is not a challenge of ours is the upstream's.
      expect(await door.get("/.well-known/acme-challenge/other")).toBe("ok");
    },
  );

  test("a certificate is renewed in time, and the last one stays in force while the authority is away", {
    timeout: 120_000,
  }, async () => {
    const pebble = await Pebble.start({ validSeconds: 15 });
    const door = await AcmeDoor.open(pebble);
    const first = await issuedBy(door);
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => kept.destroy());
    const over = () => askedOver(kept, door.tlsPort);
    expect(await over()).toBe("ok");
    const second = await until(
      () => door.served(),
      ({ serialNumber }) => serialNumber !== first.serialNumber,
      60_000,
    );
    expect(await over()).toBe("ok");
    await pebble.stop();
    const problems = await until(
      () => door.problems(),
      (said) => /could not be renewed: [2-9] orders failed/.test(said),
      60_000,
    );
    expect(problems).toContain("ECONNREFUSED");
    expect((await door.served()).serialNumber).toBe(second.serialNumber);
    expect(await door.orders("failed")).toBeGreaterThanOrEqual(2);
    await pebble.start();
    await until(
      () => door.served(),
      ({ serialNumber }) => serialNumber !== second.serialNumber,
      60_000,
    );
    await until(
      () => door.problems(),
      (said) => said === "",
    );
    for (const text of [problems, await door.metrics(), await door.get("/", door.httpPort)])
      expect(text).not.toContain("PRIVATE");
  });

  test("names that are added get a certificate, and the last one is served until it is there", {
    timeout: 90_000,
  }, async () => {
    const pebble = await Pebble.start();
    const door = await AcmeDoor.open(pebble, { times: { spreadMs: 1000 } });
    const first = await issuedBy(door);
    door.write({ domains: [DOMAIN, "api.example.test"] });
    await door.front.reload();
    expect((await door.served()).serialNumber).toBe(first.serialNumber);
    await until(
      () => door.served("api.example.test"),
      ({ serialNumber }) => serialNumber !== first.serialNumber,
      60_000,
    );
    await door.served("api.example.test", await pebble.root());
  });

  test("an authority that says when to renew is asked, and followed", { timeout: 90_000 }, async () => {
    const pebble = await Pebble.start();
    const { directory, asked, replaced, wantNow } = await sayingWhen(pebble);
    const door = await AcmeDoor.open(pebble, { directory, times: { renewalInfoMs: 300 } });
    const first = await issuedBy(door);
    await until(
      () => asked.size,
      (count) => count > 0,
    );
    expect((await door.served()).serialNumber).toBe(first.serialNumber);
    const [id] = asked;
    wantNow();
    await until(
      () => door.served(),
      ({ serialNumber }) => serialNumber !== first.serialNumber,
      60_000,
    );
    // An order whose nonce was rejected is sent again.
    expect([...new Set(replaced)]).toEqual([undefined, id]);
  });

  test("what a door held that fell silent is taken over", { timeout: 90_000 }, async () => {
    const pebble = await Pebble.start();
    const folder = mkdtempSync(join(tmpdir(), "fig-acme-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const state = `sqlite:${join(folder, "state.db")}`;
    const store = await openStore(state, systemClock);
    const { directory } = pebble;
    const settings = {
      directory,
      domains: [DOMAIN],
      challenge: "http-01",
      email: undefined,
      ca: undefined,
    } as const;
    const silent = { holder: "silent", answers: [], failures: 0, error: "", pauseMs: 0 };
    expect(await store.swapRecord(recordNames(settings).order, 0, JSON.stringify(silent))).toBe(true);
    await store.close();
    const from = performance.now();
    const door = await AcmeDoor.open(pebble, { state, times: { leaseMs: 2000 } });
    await issuedBy(door);
    expect(performance.now() - from).toBeGreaterThan(2000);
  });

  test("an authority that serves its customers alone gets the key of one, once and in no message", {
    timeout: 90_000,
  }, async () => {
    const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    const wrong = "AAAADZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12";
    const pebble = await Pebble.start({ customers: { "kid-1": key }, validSeconds: 15 });
    const door = await AcmeDoor.open(pebble, { eab: { keyId: "kid-1", key: wrong } });
    const refused = await until(
      () => door.problems(),
      (said) => /orders? failed/.test(said),
      60_000,
    );
    expect(refused).toMatch(/external account/i);
    door.write({ eab: { keyId: "kid-1", key } });
    await door.front.reload();
    const first = await issuedBy(door);
    // A renewal finds the account that is there.
    await until(
      () => door.served(),
      ({ serialNumber }) => serialNumber !== first.serialNumber,
      60_000,
    );
    for (const text of [refused, await door.metrics(), await door.problems()])
      for (const secret of [key, wrong]) expect(text).not.toContain(secret);
  });

  const fleetOn = (name: string, stateOf: () => Promise<string>) =>
    test(`two doors on one ${name} order once, and the one that does not order answers`, {
      timeout: 90_000,
    }, async () => {
      const pebble = await Pebble.start();
      const state = await stateOf();
      const ports = { httpPort: await freePort(), tlsPort: await freePort() };
      // It is not where the authority asks.
      const ordering = await AcmeDoor.open(pebble, { ...ports, state, times: { spreadMs: 5000 } });
      const other = await AcmeDoor.open(pebble, { state });
      const { serialNumber } = await issuedBy(other);
      expect((await issuedBy(ordering)).serialNumber).toBe(serialNumber);
      expect([await ordering.orders("issued"), await other.orders("issued")]).toEqual([1, 0]);
      expect(await ordering.metrics()).not.toContain("fig_acme_challenges_total{");
      expect(await other.metrics()).toMatch(/^fig_acme_challenges_total\{type="http-01"\} [1-9]/m);
      // Who comes later takes what is there.
      const third = await AcmeDoor.open(pebble, {
        httpPort: await freePort(),
        tlsPort: await freePort(),
        state,
      });
      expect((await third.served()).serialNumber).toBe(serialNumber);
    });

  fleetOn("SQLite file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fig-acme-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return `sqlite:${join(folder, "state.db")}`;
  });
  withRedis("a fleet's certificate on one Redis", () => {
    test("a door that starts while Redis is away serves the certificate that it had", {
      timeout: 90_000,
    }, async () => {
      const pebble = await Pebble.start();
      const redis = await RedisServer.start();
      onTestFinished(() => redis.stop());
      const folder = mkdtempSync(join(tmpdir(), "fig-acme-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const before = await AcmeDoor.open(pebble, { state: redis.url, folder });
      const { serialNumber } = await issuedBy(before);
      const copies = () => {
        const kept = join(folder, ".fig");
        return existsSync(kept) ? readdirSync(kept).filter((name) => name.startsWith("certificates-")) : [];
      };
      const [copy] = await until(copies, ({ length }) => length === 1);
      expect(statSync(join(folder, ".fig", copy ?? "")).mode & 0o777).toBe(0o600);
      await before.front.close();
      await redis.stop();
      const after = await AcmeDoor.open(pebble, { state: redis.url, folder });
      expect((await after.served()).serialNumber).toBe(serialNumber);
      expect(await after.orders("failed")).toBe(0);
    });

    fleetOn("Redis", async () => {
      const redis = await RedisServer.start();
      onTestFinished(() => redis.stop());
      return redis.url;
    });
  });
});
