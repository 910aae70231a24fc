import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ByteBudget } from "../../src/domain/byte-budget.ts";
import { UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { servingConfig } from "../../src/domain/serving-config.ts";
import { certificateEnds, certificateStates } from "../../src/front-door/certificates.ts";
import { UpstreamSet } from "../../src/serving/upstreams.ts";
import { mergedUpstreams } from "../../src/serving/workers/upstream-states.ts";
import { aConfig, HandClock } from "../control/harness.ts";
import { certificate } from "../support/certificates.ts";

const DAY_MS = 86_400_000;

test("the certificate that an upstream is shown is said with its end, and is a problem fourteen days before", () => {
  const clock = new HandClock();
  const endsMs = Math.floor(clock.now() / 1000) * 1000 + 20 * DAY_MS;
  const [from, to] = [clock.now() - 90 * DAY_MS, endsMs].map((ms) => new Date(ms).toISOString());
  const pair = certificate({ names: ["fig.test", "b.test"], from: from ?? "", to: to ?? "" });
  const folder = mkdtempSync(join(tmpdir(), "fig-upstreams-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = [join(folder, "fig.crt"), join(folder, "fig.key")];
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key);
  const upstream = (name: string, mine: boolean) => ({
    ...{ name, kind: "http" as const, urls: ["https://127.0.0.1:1"], host: "client" as const, timeoutMs: 0 },
    connections: UPSTREAM_CONNECTIONS,
    tls: mine ? { cert, key, ca: undefined, servername: undefined, verify: true } : undefined,
  });
  const upstreams = new Map(
    [upstream("orders", true), upstream("other", false)].map((one) => [one.name, one]),
  );
  const set = UpstreamSet.of(servingConfig({ ...aConfig(), upstreams }), {
    ...{ deadlines: new Deadlines(), clock, bodies: new ByteBudget(0) },
  });
  onTestFinished(() => set.retire());
  expect(set.problems()).toEqual([]);
  const states = set.states();
  const shown = {
    ...{ name: "fig.test", names: ["fig.test", "b.test"], endsAt: to, upstream: "orders" },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
  };
  expect(states.map((state) => state.certificate)).toEqual([shown, undefined]);
  expect(certificateStates([], mergedUpstreams([...states, ...states]))).toEqual([shown]);
  expect(certificateEnds([], states)).toEqual({ "upstream orders": endsMs / 1000 });
  clock.pass(10 * DAY_MS);
  expect(set.problems()).toEqual([
    {
      kind: "certificate",
      message: `upstream orders: the certificate of fig.test ends in 10 d, at ${to}`,
      remedy: "renew it: the file of tls.cert is read again within seconds",
    },
  ]);
  clock.pass(11 * DAY_MS);
  expect(set.problems()[0]?.message).toBe(
    `upstream orders: the certificate of fig.test has ended at ${to}: its servers refuse it`,
  );
});
