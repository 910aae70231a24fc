import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClientSample, mergedRecent, movesOf, movesText, thinned } from "../../src/domain/recent-clients.ts";
import { murmur2Latin1, sideOf, thresholdOf } from "../../src/domain/split.ts";

const hashes = Array.from({ length: 20_000 }, (_, i) => murmur2Latin1(`shop:client-${i}`));

function sampleOf(all: readonly (number | undefined)[], most = 256) {
  const sample = new ClientSample(most);
  for (const hash of all) sample.add(hash);
  return sample.values();
}

/** Of `clients` the ones that change sides, in percent, and of their requests. */
function truth(requests: readonly number[], from: number, to: number) {
  const moves = (hash: number) => sideOf(hash, thresholdOf(from)) !== sideOf(hash, thresholdOf(to));
  const clients = [...new Set(requests)];
  const share = (all: readonly number[]) => (100 * all.filter(moves).length) / all.length;
  return { clients: share(clients), requests: share(requests) };
}

describe("who moves", () => {
  test("is exact where all clients are known", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { minLength: 1, maxLength: 400 }),
        fc.constantFrom(0, 1, 12.5, 50, 99.99, 100),
        fc.constantFrom(0, 5, 25, 50, 100),
        (picks, from, to) => {
          fc.pre(from !== to);
          const requests = picks.map((pick) => hashes[pick] as number);
          const moves = movesOf(sampleOf(requests), from, to);
          const right = truth(requests, from, to);
          expect(moves?.clients.share).toBeCloseTo(right.clients, 6);
          expect(moves?.requests.share).toBeCloseTo(right.requests, 6);
          expect(moves?.clients).toMatchObject({ of: new Set(requests).size });
          expect(moves?.clients.low).toBeCloseTo(right.clients, 6);
          expect(moves?.requests.high).toBeCloseTo(right.requests, 6);
        },
      ),
    );
  });

  test("is within its interval nearly always where they are many, and some come far more often", () => {
    let [clientsIn, requestsIn, trials] = [0, 0, 0];
    for (let offset = 0; offset < 16; offset++) {
      const clients = hashes.slice(offset * 1000, offset * 1000 + 3000);
      const requests = clients.flatMap((hash, i) => Array.from({ length: 1 + (i % 17) }, () => hash));
      for (const [from, to] of [
        [0, 5],
        [10, 25],
        [50, 20],
        [25, 100],
      ] as const) {
        const moves = movesOf(sampleOf(requests), from, to);
        const right = truth(requests, from, to);
        if (moves === undefined) throw new Error("there were requests");
        trials++;
        if (moves.clients.low <= right.clients && right.clients <= moves.clients.high) clientsIn++;
        if (moves.requests.low <= right.requests && right.requests <= moves.requests.high) requestsIn++;
        expect(moves.clients.of).toBeGreaterThan(3000 * 0.8);
        expect(moves.clients.of).toBeLessThan(3000 * 1.2);
        expect(moves.requests.of).toBe(requests.length);
      }
    }
    expect(clientsIn / trials).toBeGreaterThan(0.85);
    expect(requestsIn / trials).toBeGreaterThan(0.85);
  });

  test("is the same of parts as of the whole: a client of several is one", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(600), fc.nat(2)), { maxLength: 1500 }), (picks) => {
        const whole = sampleOf(picks.map(([pick]) => hashes[pick]));
        const parts = [0, 1, 2].map((part) =>
          sampleOf(picks.filter(([, to]) => to === part).map(([pick]) => hashes[pick])),
        );
        const merged = mergedRecent(parts);
        expect([merged.keyed, merged.keyless]).toEqual([whole.keyed, whole.keyless]);
        // The whole may have let go of more: at one level they have the same keys.
        const level = Math.max(whole.level, merged.level);
        const keys = (recent: typeof whole) => thinned(recent, level).keys.filter((_, i) => i % 2 === 0);
        expect(keys(merged).toSorted()).toEqual(keys(whole).toSorted());
      }),
    );
  });

  test("keeps no more keys than it may, and none as it came", () => {
    const { keys, level } = sampleOf(hashes);
    expect(keys.length / 2).toBeLessThanOrEqual(256);
    expect(level).toBeGreaterThan(5);
    for (let i = 0; i < keys.length; i += 2) expect(keys[i]).toBeLessThan(2 ** 24);
  });
});

describe("it is said", () => {
  const say = (all: readonly (number | undefined)[], from: number, to: number) => {
    const recent = sampleOf(all);
    return movesText(recent, movesOf(recent, from, to), 15);
  };

  test("with the clients, their requests, and how sure that is", () => {
    expect(say(hashes.slice(0, 100), 0, 100)).toBe(
      "of the last 15 minutes: 100 % of the clients, 100 of 100, and 100 % of 100 requests change side",
    );
    expect(say([...hashes.slice(0, 100), undefined], 0, 50)).toMatch(
      /^of the last 15 minutes: \d+ % of the clients, \d+ of 100, and \d+ % of 101 requests change side; 1 % of them had no sticky key$/,
    );
    expect(say(hashes, 0, 10)).toMatch(
      /^of the last 15 minutes: [\d.]+ % \(\d+ to \d+ %\) of the clients, about [\d,]+ of about [\d,]+, and [\d.]+ % \(\d+ to \d+ %\) of 20,000 requests change side$/,
    );
  });

  test("that nobody came, or nobody with a key", () => {
    expect(say([], 0, 10)).toBe("who moves is not known: no request came in the last 15 minutes");
    expect(say([undefined, undefined], 0, 10)).toBe(
      "none of the 2 requests of the last 15 minutes had a sticky key: they stay on legacy until modern is 100",
    );
    expect(say([undefined, undefined], 50, 100)).toMatch(/: all of them change side$/);
  });
});
