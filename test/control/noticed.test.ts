import { describe, expect, test } from "vitest";
import { createMismatchBook } from "../../src/compare/index.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, aDoor, HandClock, times } from "./harness.ts";

const REQUEST = { requestId: "q", method: "GET", target: "/a" };
const PLAIN = definitionOf({}).compare;

/** A front door with one route of these rules, and a hand that says what its comparisons noticed. */
async function aRouteWith(compare: Partial<CompareOptions>) {
  const clock = new HandClock();
  const mismatches = createMismatchBook({ now: () => clock.now() });
  const routes = [definitionOf({ id: "a", compare: { ...PLAIN, ...compare } })];
  const door = await aDoor(aConfig({ routes }), { clock, mismatches });
  type Noticed = Parameters<typeof mismatches.add>[1];
  const compared = (noticed: Partial<Noticed> = {}) => {
    door.tally("a").compared((noticed.mismatches ?? []).length > 0 ? "mismatch" : "match");
    mismatches.add(door.tally("a").key, { mismatches: [], ...noticed }, REQUEST, 5);
  };
  return { ...door, compared };
}

const readJson = (met: readonly string[], hiding: readonly string[] = []) => ({
  rules: { read: "json" as const, met, hiding },
});

describe("headers that are not compared and differ", () => {
  test("are counted with their share, and are no mismatches", async () => {
    const { control, board, compared } = await aRouteWith({});
    const lost = { unlisted: [{ name: "cache-control", kind: "missing" }] as const };
    times(3, () => compared(lost));
    compared({ unlisted: [{ name: "etag", kind: "value" }] });
    compared({ unlisted: [] });
    compared();
    expect(await control.mismatches("a")).toEqual([]);
    expect((await control.status()).routes[0]?.comparisons).toMatchObject({ match: 6, mismatch: 0 });
    const said = [
      {
        route: "a",
        comparisons: 6,
        looked: 5,
        headers: [
          { name: "cache-control", kind: "missing", count: 3 },
          { name: "etag", kind: "value", count: 1 },
        ],
        rules: [],
      },
    ];
    expect(await control.noticed("a")).toEqual(said);
    expect(await control.noticed(undefined)).toEqual(said);
    expect(await board.noticed("a")).toEqual(said);
  });

  test("one that differs in two ways equally often is told in one order", async () => {
    const { control, compared } = await aRouteWith({});
    for (const kind of ["value", "extra"] as const) compared({ unlisted: [{ name: "etag", kind }] });
    const [{ headers } = { headers: [] }] = await control.noticed("a");
    expect(headers.map(({ kind }) => kind)).toEqual(["extra", "value"]);
  });

  test("a route of which there is nothing to say is left out", async () => {
    const { control, compared } = await aRouteWith({});
    times(30, () => compared());
    expect(await control.noticed(undefined)).toEqual([]);
  });
});

describe("rules", () => {
  const ofRule = async ({ control, board }: Awaited<ReturnType<typeof aRouteWith>>) => {
    const { attention } = await board.overview();
    const about = attention.filter(({ kind }) => kind === "compare_rule").map(({ message }) => message);
    const { problems } = await control.status();
    expect(problems.map((problem) => problem.split("; ")[0])).toEqual(about);
    return { problems, rules: (await control.noticed("a"))[0]?.rules ?? [] };
  };

  test("one that met nothing in the window is said by status and attention, once enough was looked at", async () => {
    const door = await aRouteWith({ ignore: ["$.at", "$.users[*].seen"] });
    times(19, () => door.compared(readJson(["ignore $.at"])));
    expect((await door.control.status()).problems).toEqual([]);
    door.compared(readJson(["ignore $.at"]));
    const { problems, rules } = await ofRule(door);
    expect(rules).toEqual([{ rule: "ignore $.users[*].seen", state: "dead", count: 0, read: 20 }]);
    expect(problems).toEqual([
      "a: compare rule `ignore $.users[*].seen` met nothing in 20 compared bodies; correct it or take it out; [*] is for elements, .* for members, ..name for any depth",
    ]);
  });

  test("one that hides more than half of an answer is said, unless it has a reason", async () => {
    const ignore = ["$.data", { path: "$.html", reason: "a page made anew each time" }];
    const door = await aRouteWith({ ignore });
    const both = ["ignore $.data", "ignore $.html"];
    times(18, () => door.compared(readJson(both)));
    times(2, () => door.compared(readJson(both, both)));
    expect((await door.control.status()).problems).toEqual([]);
    times(4, () => door.compared(readJson(both, both)));
    const { problems, rules } = await ofRule(door);
    expect(rules).toEqual([{ rule: "ignore $.data", state: "hiding", count: 6, read: 24 }]);
    expect(problems).toEqual([
      "a: compare rule `ignore $.data` hides more than half of the answer in 6 of 24 compared bodies; narrow it, or say why with a reason",
    ]);
  });

  test("one of text is judged by texts, not by JSON", async () => {
    const door = await aRouteWith({ text: [{ replace: "\\d+", with: "" }] });
    times(40, () => door.compared(readJson([])));
    expect((await door.control.status()).problems).toEqual([]);
    times(20, () => door.compared({ rules: { read: "text", met: [], hiding: [] } }));
    expect((await ofRule(door)).rules).toEqual([{ rule: "text \\d+", state: "dead", count: 0, read: 20 }]);
  });

  test("one of text that hides more than half of an answer is said, unless it has a reason", async () => {
    const text = [
      { replace: ".+", with: "" },
      { replace: "[^<]+", with: "", reason: "only the tags matter" },
    ];
    const door = await aRouteWith({ text });
    const both = ["text .+", "text [^<]+"];
    times(20, () => door.compared({ rules: { read: "text", met: both, hiding: both } }));
    expect((await ofRule(door)).rules).toEqual([{ rule: "text .+", state: "hiding", count: 20, read: 20 }]);
  });

  test("one whose last day is over is said, though nothing was compared", async () => {
    const over = await aRouteWith({ ignore: [{ path: "$.at", until: "2026-11-21" }] });
    const { problems } = await over.control.status();
    expect(problems).toEqual([
      "a: compare rule `ignore $.at` has ended and is no longer in force; take it out of the file, or give it another until",
    ]);
    const last = await aRouteWith({ ignore: [{ path: "$.at", until: "2026-11-22" }] });
    expect((await last.control.status()).problems).toEqual([]);
  });
});
