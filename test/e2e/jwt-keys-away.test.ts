import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { goodClaims, Issuer, issuerKey, token } from "../tokens/issuer.ts";
import { askAdmin } from "./fig-process.ts";
import { startFig } from "./in-process.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const own = issuerKey("RS256", "own");
const attacker = issuerKey("RS256", "own");
const CLIENTS = 4;

/** Between a client's requests: what is waited for takes seconds, and needs the cores. */
const PAUSE_MS = 10;

test.each([1, 2])(
  "with %i workers under load, an issuer that is killed, hangs and lies lets nobody in, and shuts nobody out whose key is known",
  {
    timeout: 120_000,
  },
  async (workers) => {
    const issuer = await Issuer.start([own.jwk]);
    cleanups.push(() => issuer.kill());
    let served = 0;
    const side = createServer((_request, answer) => {
      served++;
      answer.end("ok");
    }).listen(0, "127.0.0.1");
    await once(side, "listening");
    cleanups.push(() => side.close());
    const folder = mkdtempSync(join(tmpdir(), "fig-keys-away-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "fig.yaml");
    const settings = [
      ...[
        "listen: 127.0.0.1:0",
        "admin: 127.0.0.1:0",
        "state: 'memory:'",
        `workers: ${workers}`,
        "default: shop",
      ],
      `upstreams: { shop: "http://127.0.0.1:${(side.address() as AddressInfo).port}" }`,
      `policies: { jwt: { issuer: ${issuer.url}, audience: shop } }`,
    ];
    writeFileSync(file, `${settings.join("\n")}\n`);
    const fig = await startFig(file);
    cleanups.push(() => fig.stop());
    const { url, adminUrl } = fig.ready;

    const send = async (sent: string | undefined) => {
      const headers: Record<string, string> = sent === undefined ? {} : { authorization: `Bearer ${sent}` };
      const answer = await fetch(url, { headers });
      await answer.text();
      return answer.status;
    };
    let serial = 0;
    const kinds: Readonly<Record<string, () => string | undefined>> = {
      known: () => known,
      fresh: () =>
        token(
          { alg: "RS256", kid: "own" },
          goodClaims(issuer.url, { jti: String(serial++) }),
          own.privateKey,
        ),
      forged: () =>
        token(
          { alg: "RS256", kid: "own" },
          goodClaims(issuer.url, { jti: String(serial++) }),
          attacker.privateKey,
        ),
      unknown: () =>
        token({ alg: "RS256", kid: `k${serial++}` }, goodClaims(issuer.url), attacker.privateKey),
      none: () => undefined,
    };
    const known = token({ alg: "RS256", kid: "own" }, goodClaims(issuer.url), own.privateKey);
    await until(
      () => send(known),
      (status) => status === 200,
    );

    /** What each kind of token came to while it lasts. */
    let seen = new Map<string, Set<number>>();
    let passed = 0;
    let loading = true;
    const client = async () => {
      while (loading)
        for (const [kind, make] of Object.entries(kinds)) {
          const status = await send(make());
          if (status === 200) passed++;
          seen.set(kind, (seen.get(kind) ?? new Set()).add(status));
          await delay(PAUSE_MS);
        }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    cleanups.push(() => {
      loading = false;
    });
    const during = async (result: string) => {
      seen = new Map();
      const metric = new RegExp(`fig_jwks_fetches_total\\{issuer="[^"]+",result="${result}"\\} [1-9]`);
      await until(
        async () => (await fetch(new URL("/metrics", adminUrl))).text(),
        (text) => metric.test(text),
        60_000,
      );
      await until(
        () => seen.size,
        (kindsSeen) => kindsSeen === Object.keys(kinds).length,
      );
      return Object.fromEntries([...seen].map(([kind, statuses]) => [kind, [...statuses].sort()]));
    };
    const shut = { known: [200], fresh: [200], forged: [401], none: [401] };
    const problems = async () =>
      (await askAdmin<{ readonly problems: readonly string[] }>(adminUrl, "GET", "/status")).problems.join();

    expect(await during("cooled")).toEqual({ ...shut, unknown: [401] });
    for (const [result, change] of [
      ["unreachable", () => issuer.kill()],
      [
        "timeout",
        async () => {
          issuer.behaves = () => {};
          await issuer.revive();
        },
      ],
      [
        "invalid",
        () => {
          issuer.behaves = (_request, answer) => answer.end("<!doctype html>");
        },
      ],
      [
        "issuer",
        () => {
          issuer.behaves = (_request, answer) =>
            answer.end(
              JSON.stringify({ issuer: "http://evil.test", jwks_uri: issuer.jwks, keys: [attacker.jwk] }),
            );
        },
      ],
    ] as const) {
      await change();
      const { unknown = [], ...others } = await during(result);
      expect(others).toEqual(shut);
      for (const status of unknown) expect([401, 503]).toContain(status);
      await until(problems, (all) => all.includes("could not be read again"));
    }
    issuer.behaves = undefined;
    issuer.keys = [own.jwk, issuerKey("ES256", "later").jwk];
    await until(problems, (all) => !all.includes("could not be read again"), 60_000);
    loading = false;
    await Promise.all(clients);
    // Nobody else was let through to the side.
    expect(served).toBeLessThanOrEqual(passed + 5);
    expect(served).toBeGreaterThanOrEqual(passed);
  },
);
