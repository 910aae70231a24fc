import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProxyKind } from "../conformance/http/contract.ts";
import {
  ANSWER_TEXTS,
  type Damage,
  damaged,
  FRAGMENTS,
  requestKey,
  requestTexts,
  strictAnswer,
  strictRequests,
} from "../conformance/http/fuzz.ts";
import { FIG, FIG_NODE_LANE } from "../conformance/http/proxies/index.ts";
import { ProxyProcess } from "../conformance/http/proxy-process.ts";
import { OK } from "../conformance/http/steps.ts";
import { Upstream } from "../conformance/http/upstream.ts";
import { Wire } from "../conformance/http/wire.ts";

/** The same messages every time; more of them, or others, by FUZZ_RUNS and FUZZ_SEED. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 1);

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("insert", "replace", "delete", "repeat"),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  fragment: fc.constantFrom(...FRAGMENTS),
  length: fc.integer({ min: 1, max: 20 }),
});
const damages = fc.array(damage, { minLength: 1, maxLength: 3 });

let upstream: Upstream;
let proxy: ProxyProcess;
let port: number;

async function start(kind: ProxyKind): Promise<void> {
  proxy = new ProxyProcess(kind);
  const upstreamPort = await upstream.listen();
  const options = { responseMs: 200, bodyIdleMs: 200 };
  const opened = await proxy.order({ op: "open", upstreamPort, options });
  expect(opened.error).toBeUndefined();
  port = opened.port as number;
}

beforeEach(() => {
  upstream = new Upstream();
});

afterEach(() => {
  upstream.close();
  proxy.kill();
});

async function newClient(): Promise<Wire> {
  const client = new Wire(connect(port, "127.0.0.1"));
  await once(client.socket, "connect");
  return client;
}

/** Until neither end has heard anything for a while. */
async function quiet(client: Wire): Promise<void> {
  let heard = -1;
  for (let still = 0; still < 3 && !client.over; ) {
    await delay(2);
    const now = client.bytes.length + upstream.requests.length;
    still = now === heard ? still + 1 : 0;
    heard = now;
  }
}

const LANES = [FIG, FIG_NODE_LANE];

test.each(LANES)(
  "$name: of damaged requests only what a strict reader reads is forwarded, and the door lives on",
  {
    timeout: 120_000,
  },
  async (kind) => {
    await start(kind);
    upstream.reply(OK);
    let runs = 0;
    const allowed = new Map<string, number>();
    const law = async (base: number, harm: readonly Damage[], cut: number) => {
      const text = damaged(requestTexts(`r${runs++}`)[base] as string, harm);
      // A late arrival of an earlier run is judged by that run's reading: tokens keep them apart.
      for (const key of strictRequests(text)) allowed.set(key, (allowed.get(key) ?? 0) + 1);
      const client = await newClient();
      const place = Math.floor(cut * text.length);
      client.write(text.slice(0, place));
      client.write(text.slice(place));
      await quiet(client);
      client.destroy();
      expect(upstream.fault?.message).toBeUndefined();
      for (const key of upstream.requests.splice(0).map(requestKey)) {
        const left = allowed.get(key) ?? 0;
        expect(left, `forwarded ${key} of ${JSON.stringify(text)}`).toBeGreaterThan(0);
        allowed.set(key, left - 1);
      }
      expect(proxy.dead).toBe(false);
    };
    const cut = fc.double({ min: 0, max: 1, noNaN: true });
    const base = fc.nat({ max: requestTexts("").length - 1 });
    await fc.assert(fc.asyncProperty(base, damages, cut, law), { numRuns, seed });
    // Undamaged requests do pass, or the law would hold of a door that forwards nothing.
    const whole = requestTexts("whole")[0] as string;
    const client = await newClient();
    client.write(whole);
    await client.final("POST");
    await client.final();
    expect(upstream.requests.map(requestKey)).toEqual(strictRequests(whole));
  },
);

test("a damaged answer is passed on as a strict reader reads it, or is 502 or 504, or breaks off", {
  timeout: 120_000,
}, async () => {
  await start(FIG);
  let passedOn = 0;
  const law = async (base: number, harm: readonly Damage[]) => {
    const text = damaged(ANSWER_TEXTS[base] as string, harm).replace(
      /(^|\n)HTTP\/1\.1 (\d{3})\r\n/g,
      "$1HTTP/1.1 $2 \r\n",
    );
    upstream.reply((_request, wire) => {
      wire.write(text);
      wire.end();
      return undefined;
    });
    const client = await newClient();
    client.write("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
    await client.gone();
    await once(client.socket, "close").catch(() => undefined);
    const got = strictAnswer(client.bytes.toString("latin1"), client.broke === undefined);
    const read = strictAnswer(text, true);
    expect(got, `passed on of ${JSON.stringify(text)}`).not.toBe("malformed");
    if (got === undefined || /^50[24] /.test(got)) return;
    expect(got, `passed on of ${JSON.stringify(text)}`).toBe(read);
    passedOn++;
    expect(proxy.dead).toBe(false);
  };
  const base = fc.nat({ max: ANSWER_TEXTS.length - 1 });
  await fc.assert(fc.asyncProperty(base, damages, law), { numRuns, seed });
  expect(passedOn).toBeGreaterThan(numRuns / 20);
});
