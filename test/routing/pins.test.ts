import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { dropPins, MAX_PIN_MS, pinCookieName } from "../../src/domain/pins.ts";
import type { Position, Side } from "../../src/domain/position.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../src/domain/split.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { givePin } from "../../src/proxy/pin.ts";
import { type Decision, decide } from "../../src/routing/decide.ts";
import { compileTable, liveRoute } from "../../src/routing/index.ts";
import { KnownPins } from "../../src/serving/pins.ts";
import { aRoute } from "../domain/definitions.ts";

const SETTINGS = {
  trusted: compileNetworks([]),
  trustedHeaders: new Set<string>(),
  forwarded: "x",
  underscoreHeaders: "drop",
  ambiguousPaths: "reject",
  maxUrlBytes: 8192,
  maxBodyBytes: 0,
} as const;

const START = 1_700_000_000_000;
const PIN_MS = 5_000;

type Name = "read" | "write" | "other" | "gone";

function routeOf(id: Name, more: Partial<RouteDefinition>): RouteDefinition {
  return aRoute(id, {
    match: { path: `/${id}`, methods: undefined, host: undefined, headers: {}, query: {} },
    sticky: [{ kind: "header", name: "x-user" }],
    ...more,
  });
}

/** `read`, `write` and a retired `gone` are of one cohort; nobody pins in that of `other`. */
const ROUTES: Readonly<Record<Name, RouteDefinition>> = {
  read: routeOf("read", { cohort: "shop" }),
  write: routeOf("write", { cohort: "shop", pinAfterWriteMs: PIN_MS }),
  other: routeOf("other", { cohort: "apart" }),
  gone: routeOf("gone", { cohort: "shop", retired: true, legacy: undefined }),
};

interface Stand {
  readonly modern: number;
  readonly held: boolean;
}
type Stands = Record<"read" | "write" | "other", Stand>;

class Door {
  readonly clock = { at: START };
  readonly pins: KnownPins;
  private readonly stands: Stands;

  constructor(clock: { at: number }, stands: Stands) {
    this.clock = clock;
    this.stands = stands;
    this.pins = new KnownPins({ now: () => clock.at, micros: () => 0, hex: () => "" }, undefined);
  }

  /** The decision, and what the client is told to keep. */
  ask(
    name: Name,
    method: string,
    fields: readonly string[],
  ): Decision & { readonly set: string | undefined } {
    const live = Object.values(ROUTES).map((definition) => {
      const id = definition.id as Name;
      const { modern, held } = id === "gone" ? { modern: 100, held: false } : this.stands[id];
      const position: Position = { modern, shadow: 100 };
      const placement = {
        route: id,
        position,
        revision: 0,
        epoch: 0,
        ...(held ? { held: true as const } : {}),
      };
      return liveRoute(definition, placement, (window) => new WindowTally(window));
    });
    const head = {
      ...{ method, target: `/${name}`, version: "1.1", headers: ["Host", "shop.test", ...fields] },
      ...{ framing: -1, upgrade: false, expectContinue: false, remoteAddress: "192.0.2.1" },
      ...{ encrypted: false, certificate: undefined },
    };
    const decision = decide(compileTable(live, undefined), SETTINGS, head, () => "", this.pins);
    const answer: string[] = [];
    if (decision.pinMs !== undefined)
      givePin(decision, false, answer, { pins: this.pins, pinCookie: () => {} });
    const at = answer.indexOf("set-cookie");
    return { ...decision, set: at < 0 ? undefined : answer[at + 1] };
  }
}

const COOKIE = pinCookieName("shop");
const cookieOf = (set: string) => set.split(";", 1)[0] as string;
const splitSide = (user: string, cohort: string, modern: number): Side =>
  sideOf(splitHash(cohortPrefix(cohort), user), thresholdOf(modern));

type Step =
  | {
      readonly kind: "ask";
      readonly route: Name;
      readonly method: string;
      readonly user: number;
      readonly door: 0 | 1;
    }
  | { readonly kind: "pass"; readonly ms: number }
  | ({ readonly kind: "stand"; readonly route: keyof Stands } & Stand);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("ask" as const),
    route: fc.constantFrom<Name>("read", "write", "other", "gone"),
    method: fc.constantFrom("GET", "HEAD", "POST", "DELETE"),
    user: fc.nat(3),
    door: fc.constantFrom(0 as const, 1 as const),
  }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 900, 2_500, 4_999, 5_000, 70_000) }),
  fc.record({
    kind: fc.constant("stand" as const),
    route: fc.constantFrom<keyof Stands>("read", "write", "other"),
    modern: fc.constantFrom(0, 10, 50, 100),
    held: fc.boolean(),
  }),
);

/** Where a client reads, by the law alone (docs/contract.md, Pins). */
function lawful(name: Name, user: string, wrote: Side | undefined, stands: Stands): Side {
  if (name === "gone") return "modern";
  const { modern, held } = stands[name];
  if (wrote === "legacy") return "legacy";
  if (wrote === "modern" && modern > 0 && !held) return "modern";
  return splitSide(user, ROUTES[name].cohort, modern);
}

describe("a client that has written", () => {
  test.each([true, false])("reads where the law says, over two doors (keeps cookies: %s)", (keeps) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const clock = { at: START };
        const stands: Stands = {
          read: { modern: 50, held: false },
          write: { modern: 50, held: false },
          other: { modern: 50, held: false },
        };
        const doors = [new Door(clock, stands), new Door(clock, stands)] as const;
        const jar = new Map<string, string>();
        /** The last write of a client, and the door that it went through. */
        const writes = new Map<
          string,
          { readonly side: Side; readonly until: number; readonly door: number }
        >();
        for (const each of steps) {
          if (each.kind === "pass") clock.at += each.ms;
          else if (each.kind === "stand") stands[each.route] = each;
          else {
            const user = `user-${each.user}`;
            const cookie = keeps ? jar.get(user) : undefined;
            const fields = ["x-user", user, ...(cookie === undefined ? [] : ["Cookie", cookie])];
            const { side, pinned, set, unshadowed } = doors[each.door].ask(each.route, each.method, fields);
            const safe = each.method === "GET" || each.method === "HEAD";
            const known = [...writes].filter(([key]) => key === user || key === `${user} ${each.door}`);
            const last = keeps ? writes.get(user) : writes.get(`${user} ${each.door}`);
            const mine = known.length > 0 && safe && ROUTES[each.route].cohort === "shop" ? last : undefined;
            const wrote = mine !== undefined && mine.until > clock.at ? mine.side : undefined;
            const expected = each.route === "other" || !safe ? undefined : wrote;
            expect(pinned).toBe(expected);
            expect(side).toBe(lawful(each.route, user, expected, stands));
            if (expected !== undefined && each.route !== "gone") expect(unshadowed).toBe("pinned");
            if (expected === undefined) expect(unshadowed).not.toBe("pinned");
            expect(set !== undefined).toBe(each.route === "write" && !safe);
            if (set === undefined) continue;
            jar.set(user, cookieOf(set));
            const write = { side, until: clock.at + PIN_MS, door: each.door };
            writes.set(keeps ? user : `${user} ${each.door}`, write);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("gets a cookie of no data but the side and the time", () => {
    const door = new Door({ at: START }, standing(100, 100));
    expect(door.ask("write", "POST", ["x-user", "a"]).set).toBe(
      `${COOKIE}=modern.${START + PIN_MS}; Path=/; Max-Age=5; HttpOnly; SameSite=Lax`,
    );
  });

  test("from another device since, reads where it wrote last", () => {
    const stands = standing(0, 0);
    const clock = { at: START };
    const door = new Door(clock, stands);
    const first = cookieOf(door.ask("write", "POST", ["x-user", "a"]).set as string);
    clock.at += 1_000;
    Object.assign(stands, standing(100, 100));
    door.ask("write", "POST", ["x-user", "a"]);
    expect(door.ask("read", "GET", ["x-user", "a", "Cookie", first])).toMatchObject({ pinned: "modern" });
    // One that somebody made up ends later than any that is ours.
    const forged = `${COOKIE}=legacy.${START + 10 * 60_000}`;
    expect(door.ask("read", "GET", ["x-user", "a", "Cookie", forged])).toMatchObject({ pinned: "modern" });
  });

  test("goes by the split for a tunnel", () => {
    const door = new Door({ at: START }, standing(0, 100));
    const { set } = door.ask("write", "POST", ["x-user", "a"]);
    const cookie = cookieOf(set as string);
    expect(door.ask("read", "GET", ["x-user", "a", "Cookie", cookie])).toMatchObject({ pinned: "legacy" });
    const preflight = ["Origin", "http://a.test", "Access-Control-Request-Method", "GET"];
    expect(
      door.ask("read", "OPTIONS", ["x-user", "a", ...preflight, "Cookie", cookie]).pinned,
    ).toBeUndefined();
  });
});

function standing(write: number, read: number, held = false): Stands {
  return {
    write: { modern: write, held },
    read: { modern: read, held },
    other: { modern: read, held },
  };
}

describe("a pin that somebody made up", () => {
  const until = START + PIN_MS;

  test.each([
    ["at modern 0", standing(0, 0), `modern.${until}`, "legacy"],
    ["where a guard took modern back", standing(10, 10, true), `modern.${until}`, splitSide("a", "shop", 10)],
    ["that is over", standing(50, 100), `legacy.${START}`, "modern"],
    ["that ends too late", standing(50, 100), `legacy.${START + MAX_PIN_MS * 2}`, "modern"],
    ["of no side", standing(50, 100), `both.${until}`, "modern"],
    ["of no time", standing(50, 100), "legacy.", "modern"],
    ["with more than a pin has", standing(50, 100), `legacy.${until}.x`, "modern"],
    ["with a sign", standing(50, 100), "legacy.-1", "modern"],
  ] as const)("gives nothing %s", (_, stands, value, side) => {
    const door = new Door({ at: START }, stands);
    expect(door.ask("read", "GET", ["x-user", "a", "Cookie", `${COOKIE}=${value}`]).side).toBe(side);
  });

  test("takes no write anywhere", () => {
    const door = new Door({ at: START }, standing(100, 100));
    const fields = ["x-user", "a", "Cookie", `${COOKIE}=legacy.${until}`];
    expect(door.ask("write", "POST", fields)).toMatchObject({ side: "modern", pinned: undefined });
  });

  test("gives nothing on a route of another cohort, or on one that is retired", () => {
    const door = new Door({ at: START }, standing(100, 100));
    const fields = ["x-user", "a", "Cookie", `${COOKIE}=legacy.${until}`];
    expect(door.ask("other", "GET", fields)).toMatchObject({ side: "modern", pinned: undefined });
    expect(door.ask("gone", "GET", fields).side).toBe("modern");
  });
});

describe("what goes on to a side", () => {
  test.each([
    [`${COOKIE}=modern.1`, undefined],
    [`a=1; ${COOKIE}=modern.1`, "a=1"],
    [`${COOKIE}=modern.1; a=1;  fig_pin_0=x; b="x; y"`, 'a=1; b="x; y"'],
    [`my_fig_pin_1=a; fig_client=b`, "my_fig_pin_1=a; fig_client=b"],
  ])("of %s is %s", (sent, left) => {
    const headers = ["Host", "a", "Cookie", sent, "Accept", "x"];
    dropPins(headers);
    expect(headers).toEqual(["Host", "a", ...(left === undefined ? [] : ["Cookie", left]), "Accept", "x"]);
  });
});

describe("what a process remembers", () => {
  test("is bounded: the oldest goes, and is counted", () => {
    const clock = { at: START };
    const pins = new KnownPins({ now: () => clock.at, micros: () => 0, hex: () => "" }, undefined);
    for (let i = 0; i < 16_385; i++) pins.remember(i, { side: "legacy", until: START + 1000 });
    expect(pins.dropped).toBe(1);
    expect([pins.of(0), pins.of(1)]).toEqual([undefined, { side: "legacy", until: START + 1000 }]);
    clock.at += 1000;
    pins.remember(1, { side: "modern", until: START + 2000 });
    expect(pins.of(2)).toBeUndefined();
    expect(pins.dropped).toBe(1);
  });
});
