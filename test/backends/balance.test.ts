import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackendRequest } from "../../src/backends/contract.ts";
import { balanceOf } from "../../src/backends/http/balance.ts";
import { murmur2Latin1 } from "../../src/domain/split.ts";
import type { Balance } from "../../src/domain/upstream.ts";
import { Hearing } from "./world.ts";

interface Fake {
  readonly name: string;
  readonly hash: number;
  requests: number;
  current: number;
  weight: number;
  share(): number;
}

function member(name: string, weight = 1): Fake {
  return {
    ...{ name, weight, hash: murmur2Latin1(name), requests: 0, current: 0 },
    share() {
      return this.weight;
    },
  };
}

const request = (headers: readonly string[] = [], address = "192.0.2.1"): BackendRequest => ({
  ...{ method: "GET", target: "/", headers, framing: -1, upgrade: false, retryable: true, timeoutMs: 0 },
  served: new Hearing(address),
});

/** Chance that is the same each time. */
function drawn(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

const choosing = (balance: Balance, even = false, random = drawn()) =>
  balanceOf<Fake>(balance, { now: () => 0, random, even });

const HASH: Balance = {
  hash: [{ kind: "cookie", name: "device" }, { kind: "header", name: "x-team" }, { kind: "ip" }],
};
const byTeam: Balance = { hash: [{ kind: "header", name: "x-team" }] };
const keyed = (key: string | number) => request(["x-team", String(key)]);
const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 12 });

describe("round robin", () => {
  test("follows the weights over every run as long as their sum, and spreads the heavy ones", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const members = weights.map((weight, i) => member(`m${i}`, weight));
        const choose = choosing("roundRobin");
        const sum = weights.reduce((a, b) => a + b, 0);
        for (let round = 0; round < 3; round++) {
          const got = new Map<string, number>();
          for (let i = 0; i < sum; i++) {
            const { name } = choose(members, undefined, request()) as Fake;
            got.set(name, (got.get(name) ?? 0) + 1);
          }
          expect(members.map(({ name }) => got.get(name))).toEqual(weights);
        }
      }),
    );
    const choose = choosing("roundRobin");
    const members = [member("a", 3), member("b", 1)];
    const run = Array.from({ length: 8 }, () => choose(members, undefined, request())?.name).join("");
    expect(run).not.toMatch(/aaaa/);
  });

  test.each([true, false])("passes over what was tried (all shares the same: %s)", (even) => {
    const members = ["a", "b", "c"].map((name) => member(name));
    const choose = choosing("roundRobin", even);
    const tried = new Set([members[1] as Fake]);
    const got = Array.from({ length: 20 }, () => choose(members, tried, request())?.name);
    expect(new Set(got)).toEqual(new Set(["a", "c"]));
    expect(choose(members, new Set(members), request())).toBeUndefined();
  });
});

describe("least requests", () => {
  test("keeps a slow member's requests from piling up", () => {
    const members = ["a", "b", "c", "slow"].map((name) => member(name));
    const choose = choosing("leastRequests");
    for (let i = 0; i < 1000; i++) {
      const chosen = choose(members, undefined, request()) as Fake;
      chosen.requests++;
      // The others answer at once.
      if (chosen.name !== "slow") chosen.requests--;
    }
    expect(members.at(-1)?.requests).toBeLessThan(10);
  });

  test("spreads by weight where nothing is under way", () => {
    const members = [member("a", 1), member("b", 3)];
    const choose = choosing("leastRequests");
    let b = 0;
    for (let i = 0; i < 4000; i++) if (choose(members, undefined, request())?.name === "b") b++;
    expect(b / 4000).toBeGreaterThan(0.7);
    expect(b / 4000).toBeLessThan(0.8);
  });

  test("passes over what was tried", () => {
    const members = ["a", "b"].map((name) => member(name));
    const choose = choosing("leastRequests");
    for (let i = 0; i < 20; i++)
      expect(choose(members, new Set([members[0] as Fake]), request())?.name).toBe("b");
    expect(choose(members, new Set(members), request())).toBeUndefined();
  });
});

describe("a consistent hash", () => {
  test("moves no key but those of a member that goes, and to one that comes only its own", () => {
    fc.assert(
      fc.property(names, fc.nat(), (all, at) => {
        const members = all.map((name) => member(name));
        const gone = members[at % members.length] as Fake;
        const fewer = members.filter((one) => one !== gone);
        const choose = choosing(byTeam);
        for (let key = 0; key < 200; key++) {
          const before = choose(members, undefined, keyed(key)) as Fake;
          const after = choose(fewer, undefined, keyed(key)) as Fake;
          if (before !== gone) expect(after).toBe(before);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("does not depend on the order of the members", () => {
    fc.assert(
      fc.property(names, fc.string({ minLength: 1 }), (all, key) => {
        const members = all.map((name) => member(name));
        const choose = choosing(byTeam);
        const other = choose([...members].reverse(), undefined, keyed(key));
        expect(choose(members, undefined, keyed(key))).toBe(other);
      }),
    );
  });

  test("gives each its share by weight, and a raised weight takes keys and gives none", () => {
    const members = [member("10.0.0.1:80", 1), member("10.0.0.2:80", 1), member("10.0.0.3:80", 2)];
    const choose = choosing(byTeam);
    const keys = 8000;
    const before = Array.from({ length: keys }, (_, key) => choose(members, undefined, keyed(key)) as Fake);
    const share = (of: Fake | undefined) => before.filter((one) => one === of).length / keys;
    expect(share(members[0])).toBeCloseTo(0.25, 1);
    expect(share(members[1])).toBeCloseTo(0.25, 1);
    expect(share(members[2])).toBeCloseTo(0.5, 1);
    const [raised] = members as [Fake];
    raised.weight = 2;
    for (let key = 0; key < keys; key++) {
      const after = choose(members, undefined, keyed(key));
      if (after !== before[key]) expect(after).toBe(raised);
    }
  });

  test("sends a key whose member was tried to the same other one each time", () => {
    const members = ["a", "b", "c"].map((name) => member(name));
    const choose = choosing(byTeam);
    const first = choose(members, undefined, keyed("k")) as Fake;
    const seconds = Array.from({ length: 5 }, () => choose(members, new Set([first]), keyed("k"))?.name);
    expect(new Set(seconds).size).toBe(1);
    expect(seconds[0]).not.toBe(first.name);
  });

  test("takes the first source that a request has; without any, requests go in turn", () => {
    const members = Array.from({ length: 30 }, (_, i) => member(`m${i}`));
    const choose = choosing(HASH);
    const of = (headers: readonly string[], address?: string) =>
      choose(members, undefined, request(headers, address))?.name;
    expect(of(["cookie", "device=1", "x-team", "a"], "192.0.2.1")).toBe(
      of(["cookie", "b=2; device=1", "x-team", "b"], "192.0.2.2"),
    );
    expect(of(["x-team", "a"], "192.0.2.1")).toBe(of(["x-team", "a"], "192.0.2.2"));
    const clients = new Set(Array.from({ length: 60 }, (_, i) => of([], `192.0.2.${i}`)));
    expect(clients.size).toBeGreaterThan(15);
    const inTurn = choosing(byTeam, true);
    const nobody = Array.from({ length: 30 }, () => inTurn(members, undefined, request())?.name);
    expect(new Set(nobody).size).toBe(30);
  });
});
