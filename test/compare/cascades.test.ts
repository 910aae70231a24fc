import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareJson } from "../../src/compare/compare-json.ts";
import { Findings } from "../../src/compare/findings.ts";
import { JsonInStep } from "../../src/compare/json-in-step.ts";
import { parseJson } from "../../src/compare/json-parse.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import type { Mismatch } from "../../src/domain/outcomes.ts";
import { answer, job, jsonMismatches, named } from "./jobs.ts";
import { type Plain, plainValue } from "./json-values.ts";

const text = JSON.stringify;
const held = (legacy: unknown, modern: unknown, options = {}) =>
  jsonMismatches(text(legacy), text(modern), options);
/** `kind path: by kind path xplaces` */
const told = (mismatches: readonly Mismatch[]) =>
  mismatches.map(({ kind, path, cascade = [] }) => {
    const below = cascade.map((each) => `${each.by} ${each.kind} ${each.path} x${each.places}`);
    return [`${kind} ${path}`, ...below.sort()].join(" < ");
  });

interface Order {
  readonly id: number;
  readonly total: number;
  readonly state: string;
  readonly lines: readonly { readonly sku: string }[];
}

const order = (id: number): Order => ({
  id,
  total: id * 7,
  state: id % 3 === 0 ? "open" : "paid",
  lines: [{ sku: `s${id % 5}` }],
});
const orders = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => order(from + n));

describe("a list that lacks elements", () => {
  const records = fc.uniqueArray(fc.nat(5_000), { minLength: 2, maxLength: 40 }).map((ids) => ids.map(order));
  const values = fc.array(
    fc.oneof(
      fc.nat(3),
      fc.constantFrom("a", "b"),
      plainValue.filter((value) => value !== null),
    ),
    { minLength: 1, maxLength: 25 },
  );
  const removed = <T>(list: fc.Arbitrary<readonly T[]>) =>
    list.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.uniqueArray(fc.nat(all.length - 1), { minLength: 1, maxLength: all.length - 1 || 1 }),
      ),
    );

  test.each([
    ["records", removed(records as unknown as fc.Arbitrary<readonly Plain[]>)],
    ["any values, some of them more than once", removed(values as fc.Arbitrary<readonly Plain[]>)],
  ])("of %s differs once, and names them", (_, lists) => {
    fc.assert(
      fc.property(lists, fc.boolean(), ([all, gone], mirrored) => {
        const rest = all.filter((__, at) => !gone.includes(at));
        const [legacy, modern] = mirrored ? [rest, all] : [all, rest];
        const found = held({ items: legacy }, { items: modern });
        expect(found.map(({ kind, path, legacy: a, modern: b }) => [kind, path, a, b])).toEqual([
          ["length", "$.items", `${legacy.length}`, `${modern.length}`],
        ]);
        if (rest.length === 0) return;
        const kind = mirrored ? "extra" : "missing";
        expect(told(found)).toEqual([`length $.items < element ${kind} $.items[*] x${gone.length}`]);
        const [below] = found[0]?.cascade ?? [];
        const sample = (mirrored ? below?.modern : below?.legacy) as string;
        // Its values are elements that the other list lacks, and they stand where the sample says.
        const [first = ""] = /(?<=^\{"\[)\d+(?=\]":)/.exec(sample) ?? [];
        expect(sample.startsWith(`{"[${first}]":${text(all[Number(first)])}`.slice(0, 60))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test("is compared element by element all the same: what else was changed is found there alone", () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(), (all, a, b) => {
        const [gone, changed] = [a % all.length, b % all.length];
        fc.pre(gone !== changed && all.length > 2);
        const modern = all
          .map((each, at) => (at === changed ? { ...each, total: -1 } : each))
          .filter((_, at) => at !== gone);
        expect(told(held({ items: all }, { items: modern }))).toEqual([
          "length $.items < element missing $.items[*] x1",
          "value $.items[*].total",
        ]);
      }),
      { numRuns: 200 },
    );
  });

  test("that is cut to a page has other elements instead: one difference", () => {
    const open = orders(1, 100).filter(({ state }) => state === "open");
    // Modern forgot the filter.
    const found = held({ items: open.slice(0, 10) }, { items: orders(1, 28) });
    expect(told(found)).toEqual([
      "length $.items < element extra $.items[*] x18 < element missing $.items[*] x1",
    ]);
    const same = held({ items: orders(1, 21) }, { items: orders(4, 24) });
    expect(told(same)).toEqual([
      "value $.items < element extra $.items[*] x3 < element missing $.items[*] x3",
    ]);
  });

  test("of redacted elements names none of them", () => {
    const found = held({ items: orders(1, 9) }, { items: orders(1, 6) }, { redact: ["$.items[*].total"] });
    expect(found[0]?.cascade?.[0]?.legacy).toMatch(/^\{"\[5\]":\{"id":6,"total":"\[redacted\]"/);
    const [hidden] = held({ items: [1, 2] }, { items: [1] }, { redact: ["$.items"] });
    expect(hidden).toEqual({
      path: "$.items",
      kind: "length",
      legacy: '"[redacted]"',
      modern: '"[redacted]"',
    });
    const [secret] = held({ password: ["a1b2", "c3d4"] }, { password: ["a1b2"] });
    expect(text(secret)).not.toContain("c3d4");
  });

  test("too long to be aligned is compared as far as its ends are the same", () => {
    const long = Array.from({ length: 30_000 }, (_, n) => n);
    expect(named(held(long, long.slice(0, -3)))).toEqual(["length $"]);
    const repeating = Array.from({ length: 1_000 }, (_, n) => n % 7);
    expect(
      named(
        held(
          repeating,
          repeating.filter((_, at) => at % 10 !== 0),
        ),
      ),
    ).toEqual(["length $"]);
  });
});

describe("a list in another order", () => {
  test("that also changed has `order`, and what changed", () => {
    const all = orders(1, 12);
    const modern = [...all].reverse().map((each) => (each.id === 4 ? { ...each, total: 0 } : each));
    expect(told(held({ items: all }, { items: modern }))).toEqual([
      "order $.items",
      "value $.items[*].total",
    ]);
  });

  test("of changed elements alone has no such thing", () => {
    const all = orders(1, 12);
    const modern = all.map((each) => ({ ...each, id: each.id + 100 }));
    expect(told(held({ items: all }, { items: modern }))).toEqual(["value $.items[*].id"]);
    const priced = all.map((each) => ({ ...each, total: each.total + 1 }));
    expect(told(held({ items: all }, { items: priced }))).toEqual(["value $.items[*].total"]);
  });
});

describe("a member", () => {
  test("with another name in every element is one difference", () => {
    const modern = orders(1, 12).map(({ total, ...rest }) => ({ ...rest, grossTotal: total }));
    expect(told(held({ items: orders(1, 12) }, { items: modern }))).toEqual([
      "missing $.items[*].total < rename extra $.items[*].grossTotal x11",
    ]);
  });

  test("that has another value in one of them is no other name", () => {
    const modern = orders(1, 12).map(({ total, ...rest }) => ({ ...rest, sum: rest.id === 5 ? 1 : total }));
    expect(told(held({ items: orders(1, 12) }, { items: modern }))).toEqual([
      "missing $.items[*].total",
      "extra $.items[*].sum",
    ]);
  });

  test("of a value that many have is none either, unless it is so in many places", () => {
    expect(named(held({ a: true }, { b: true }))).toEqual(["missing $.a", "extra $.b"]);
    expect(named(held({ a: 7 }, { b: 7 }))).toEqual(["missing $.a", "extra $.b"]);
    expect(named(held({ a: "2026-11-30" }, { b: "2026-11-30" }))).toEqual(["missing $.a"]);
  });

  test("of a map is a name that is data", () => {
    expect(named(held({ 17: "abc", 18: "abcd" }, { 17: "abc", 19: "abcd" }))).toEqual([
      "missing $.*",
      "extra $.*",
    ]);
  });

  test("one level deeper is one difference, in each direction", () => {
    const flat = { id: 7, items: orders(1, 4), total: 12.5 };
    expect(told(held(flat, { data: flat, meta: {} }))).toEqual([
      "extra $.data < wrap missing $.id x1 < wrap missing $.items x1 < wrap missing $.total x1",
      "extra $.meta",
    ]);
    expect(told(held({ data: flat }, flat))).toEqual([
      "missing $.data < wrap extra $.id x1 < wrap extra $.items x1 < wrap extra $.total x1",
    ]);
  });
});

describe("a value that differs and is held by others", () => {
  const page = (id: string, host = "shop") => ({
    id,
    links: { self: `https://${host}/orders/${id}`, lines: `/orders/${id}/lines` },
    lines: [{ order: id }, { order: id }],
  });

  test("is one difference, and they are under it", () => {
    expect(told(held(page("a1b2c3"), page("f9e8d7")))).toEqual([
      "value $.id < value value $.lines[*].order x2 < value value $.links.lines x1 < value value $.links.self x1",
    ]);
  });

  test("also where each element has its own", () => {
    const list = (first: number) => ({
      items: Array.from({ length: 20 }, (_, n) => ({ n, id: first + n, href: `/orders/${first + n}` })),
    });
    expect(told(held(list(100), list(900)))).toEqual([
      "value $.items[*].id < value value $.items[*].href x20",
    ]);
  });

  test("explains none that differs in anything else", () => {
    expect(told(held(page("a1b2c3"), page("f9e8d7", "mirror")))).toEqual([
      "value $.id < value value $.lines[*].order x2 < value value $.links.lines x1",
      "value $.links.self",
    ]);
    expect(named(held({ id: 12, n: "x12y" }, { id: 13, n: "x13y" }))).toEqual(["value $.id", "value $.n"]);
    expect(named(held({ a: 1, b: 1 }, { a: 2, b: 2 }))).toEqual(["value $.a", "value $.b"]);
  });

  test("explains none any more once it is ignored", () => {
    expect(named(held(page("a1b2c3"), page("f9e8d7"), { ignore: ["$.id"] }))).toEqual([
      "value $.lines[*].order",
    ]);
  });

  test("explains a Location", () => {
    const made = (id: string) =>
      answer(text({ id }), "application/json", { status: 201, headers: ["Location", `/orders/${id}`] });
    const { mismatches } = verdictOf(job(made("a1b2c3"), made("f9e8d7"), { method: "POST" }));
    expect(told(mismatches)).toEqual(["value $.id < value value header.location x1"]);
  });
});

describe("laws of causes", () => {
  type Item = Readonly<Record<string, Plain>>;
  const item: fc.Arbitrary<Item> = fc
    .tuple(fc.nat(30), fc.constantFrom("a", "bcd", "efgh"), fc.array(fc.nat(2), { maxLength: 2 }), fc.nat(2))
    .map(([id, name, tags, extra]) => ({ id, name, tags, ...(extra === 0 ? { nested: { id, name } } : {}) }));
  const edit = fc.constantFrom("keep", "keep", "keep", "drop", "add", "swap", "rename", "renumber", "retag");
  const lists = fc
    .tuple(fc.array(item, { maxLength: 8 }), fc.infiniteStream(edit), fc.infiniteStream(item))
    .map(([list, edits, others]) => {
      const out: Item[] = [];
      for (const each of list) {
        const how = edits.next().value as string;
        if (how === "add") out.push(others.next().value as Item);
        if (how === "swap") out.unshift(each);
        else if (how === "rename") {
          const { name, ...rest } = each;
          out.push({ ...rest, title: name as Plain });
        } else if (how === "renumber") out.push({ ...each, id: 99 });
        else if (how === "retag") out.push({ ...each, tags: [9] });
        else if (how !== "drop") out.push(each);
      }
      return [list, out] as const;
    });

  test("read in step or whole, lists with random edits differ in the same, to the letter", () => {
    let inStep = 0;
    fc.assert(
      fc.property(lists, ([a, b]) => {
        const [legacy, modern] = [text({ items: a, n: 1 }), text({ items: b, n: 1 })];
        const step = new Findings();
        if (!new JsonInStep(undefined, undefined).compare(Buffer.from(legacy), Buffer.from(modern), step))
          return;
        inStep++;
        const [left, right] = [parseJson(legacy), parseJson(modern)];
        if (!left.ok || !right.ok) throw new Error("no JSON");
        const whole = new Findings();
        compareJson(left.value, right.value, undefined, whole);
        expect(step.list()).toEqual(whole.list());
      }),
      { numRuns: 3_000 },
    );
    expect(inStep).toBeGreaterThan(500);
  });

  test("of equal elements the same are paired, whichever side has more", () => {
    const [one, other] = [
      [null, [], null],
      [false, [false], 0, null],
    ];
    const paths = (legacy: unknown, modern: unknown) => held(legacy, modern).map(({ path }) => path);
    expect(paths(one, other)).toEqual(paths(other, one));
  });

  test("the other way round the same differs, missing and extra swapped, whatever is told under what", () => {
    const opposite = (kind: string) => (kind === "missing" ? "extra" : kind === "extra" ? "missing" : kind);
    const flat = (found: readonly Mismatch[], turn = (kind: string) => kind) =>
      [
        ...new Set(
          found.flatMap((each) => [each, ...(each.cascade ?? [])]).map((m) => `${turn(m.kind)} ${m.path}`),
        ),
      ].sort();
    fc.assert(
      fc.property(lists, ([a, b]) => {
        expect(flat(held({ items: b }, { items: a }))).toEqual(
          flat(held({ items: a }, { items: b }), opposite),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test("two answers differ in something exactly if they are not equal", () => {
    fc.assert(
      fc.property(lists, ([a, b]) => {
        expect(held(a, b).length > 0).toBe(text(a) !== text(b) && !sameMembers(a, b));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Members in another order are no difference. */
function sameMembers(a: readonly object[], b: readonly object[]): boolean {
  const sorted = (list: readonly object[]) => text(list.map((each) => Object.entries(each).sort()));
  return sorted(a) === sorted(b);
}

describe("markup", () => {
  const page = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
  const compared = (type: string, legacy: string, modern: string) =>
    verdictOf(job(answer(legacy, type), answer(modern, type))).mismatches;
  const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 30 });
  const some = words.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.uniqueArray(fc.nat(all.length - 1), { minLength: 1, maxLength: all.length - 1 }),
    ),
  );

  test.each(["text/html", "application/xml"])(
    "a list of %s that lacks elements differs once, and names them",
    (type) => {
      fc.assert(
        fc.property(some, fc.boolean(), ([all, gone], mirrored) => {
          const less = all.filter((_, at) => !gone.includes(at));
          const [one, other] = mirrored ? [less, all] : [all, less];
          const at = `${mirrored ? "extra" : "missing"} /ul/li x${gone.length}`;
          expect(told(compared(type, page(one), page(other)))).toEqual([`length /ul < element ${at}`]);
        }),
        { numRuns: 150 },
      );
    },
  );

  test("what is missing among others of its kind and of other kinds is told by name", () => {
    const body = (middle: string) => `<main><h1>Shop</h1><p>One</p>${middle}<p>Two</p><p>Three</p></main>`;
    expect(told(compared("text/html", body("<hr><nav>x</nav><hr>"), body("")))).toEqual([
      "length /main < element missing /main/hr x2 < element missing /main/nav x1",
    ]);
  });

  test("an element or attribute under another name is one row", () => {
    const old = "<p><b>Sold out</b> today, <b>sorry</b></p>";
    expect(told(compared("text/html", old, old.replaceAll("b>", "strong>")))).toEqual([
      "missing /p/b < rename extra /p/strong x2",
    ]);
    const feed = (name: string) => `<feed><entry ${name}='https://shop.test/1'/></feed>`;
    expect(told(compared("application/xml", feed("href"), feed("link")))).toEqual([
      "missing /feed/entry/@href < rename extra /feed/entry/@link x1",
    ]);
  });

  test("a value that others hold is one row", () => {
    const of = (id: string) =>
      `<order id='${id}'><self>/orders/${id}</self><title>Order ${id}</title></order>`;
    expect(told(compared("application/xml", of("A-1017"), of("B-2044")))).toEqual([
      "value /order/@id < value value /order/self/text() x1 < value value /order/title/text() x1",
    ]);
  });

  test("nothing that a page shows to be a credential is told below a row", () => {
    const of = (token: string) =>
      `<form><input name='csrf_token' value='${token}'><a href='/go?t=${token}'>on</a></form>`;
    const found = text(compared("text/html", of("8f14e45fceea167a5a36"), of("c9f0f895fb98ab9159f5")));
    expect(found).not.toMatch(/8f14e45f|c9f0f895/);
  });
});
