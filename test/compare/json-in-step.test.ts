import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareJson } from "../../src/compare/compare-json.ts";
import { Findings } from "../../src/compare/findings.ts";
import { JsonInStep } from "../../src/compare/json-in-step.ts";
import { parseJson } from "../../src/compare/json-parse.ts";
import { compilePathRules } from "../../src/compare/path-rules.ts";
import { noteRuleUse } from "../../src/compare/rule-use.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { ruleNames } from "../../src/domain/rule-names.ts";
import { OPTIONS } from "./jobs.ts";

interface Said {
  readonly mismatches: ReturnType<Findings["list"]>;
  readonly rules: Findings["rules"];
}

function namedRules(options: CompareOptions) {
  const rules = compilePathRules(options);
  return rules === undefined ? undefined : { rules, names: ruleNames(options).map(({ name }) => name) };
}

/** What parsing both and comparing them says; undefined: one does not parse. */
function whole(legacy: string, modern: string, options: CompareOptions): Said | undefined {
  const [left, right] = [parseJson(legacy), parseJson(modern)];
  if (!left.ok || !right.ok) return undefined;
  const findings = new Findings();
  const rules = namedRules(options);
  if (rules !== undefined) noteRuleUse(left.value, right.value, rules, findings);
  compareJson(left.value, right.value, rules?.rules, findings, options.nulls);
  return { mismatches: findings.list(), rules: findings.rules };
}

/** Undefined: it left the two to the parser. */
function inStep(
  legacy: string,
  modern: string,
  options: CompareOptions,
  step = new JsonInStep(namedRules(options), options.nulls),
): Said | undefined {
  const findings = new Findings();
  if (!step.compare(Buffer.from(legacy), Buffer.from(modern), findings)) {
    expect(findings.size).toBe(0);
    expect(findings.rules).toBeUndefined();
    return undefined;
  }
  return { mismatches: findings.list(), rules: findings.rules };
}

type Node =
  | { readonly kind: "raw"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "record"; readonly members: readonly (readonly [string, Node])[] };

const raw = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        "1",
        "1.0",
        "10e-1",
        "2",
        "2.05",
        "-0",
        "0",
        "1e400",
        "10000000000000001",
        "10000000000000002",
      ),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        '"a"',
        '"\\u0061"',
        '"b"',
        '"kty"',
        '"password"',
        '"hunter2"',
        '"\\ud800"',
        '"é\\n"',
        '"2026-01-01"',
      ),
    },
    { weight: 3, arbitrary: fc.constantFrom("null", "true", "false", "{}", "[]", "[ ]") },
    { weight: 1, arbitrary: fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text)) },
  )
  .map((text): Node => ({ kind: "raw", text }));
/** As they are written: some are one name in two spellings. */
const name = fc.constantFrom(
  '"id"',
  '"id"',
  '"v"',
  '"v"',
  '"at"',
  '"\\u0061t"',
  '"items"',
  '"name"',
  '"value"',
  '"7"',
  '"odd key"',
  '"é"',
  '"__proto__"',
);
const node: fc.Arbitrary<Node> = fc.letrec<{ node: Node; list: Node; record: Node }>((tie) => ({
  record: fc
    .array(fc.tuple(name, tie("node")), { maxLength: 6 })
    .chain((members) => fc.boolean().map((distinct) => (distinct ? withoutRepeats(members) : members)))
    .map((members): Node => ({ kind: "record", members })),
  list: fc
    .oneof(
      fc.array(tie("node"), { maxLength: 5 }),
      // Records of one form, as lists of answers mostly are.
      fc
        .tuple(fc.uniqueArray(name, { maxLength: 4 }), fc.nat(6), fc.infiniteStream(tie("node")))
        .map(([names, count, values]) =>
          Array.from(
            { length: count },
            (_, i): Node => ({
              kind: "record",
              members: [
                ['"id"', { kind: "raw", text: String(i) }],
                ...withoutRepeats(
                  names.map((each): [string, Node] => [each, values.next().value as Node]),
                ).filter(([each]) => each !== '"id"'),
              ],
            }),
          ),
        ),
    )
    .map((items): Node => ({ kind: "list", items })),
  node: fc.oneof({ depthSize: "small", withCrossShrink: true }, raw, tie("list"), tie("record")),
})).node;

function withoutRepeats(members: readonly (readonly [string, Node])[]): (readonly [string, Node])[] {
  return [...new Map(members.map((member) => [JSON.parse(member[0]) as string, member])).values()];
}

function written(value: Node, space: () => string): string {
  if (value.kind === "raw") return value.text;
  const parts =
    value.kind === "list"
      ? value.items.map((item) => written(item, space))
      : value.members.map(([key, member]) => `${key}${space()}:${space()}${written(member, space)}`);
  const [open, close] = value.kind === "list" ? "[]" : "{}";
  return `${open}${space()}${parts.join(`${space()},${space()}`)}${space()}${close}`;
}

/** A copy that differs here and there: by `draw`, which is 0 where nothing is to happen. */
function changed(value: Node, draw: () => number, fresh: () => Node): Node {
  const what = draw();
  if (what === 1) return fresh();
  if (value.kind === "raw") {
    if (what === 2 && /^\d+$/.test(value.text)) return { kind: "raw", text: `${value.text}.0` };
    if (what === 3 && /^\d+$/.test(value.text)) return { kind: "raw", text: `${value.text}.04` };
    return value;
  }
  const pieces: readonly unknown[] = value.kind === "list" ? value.items : value.members;
  const moved = (list: readonly unknown[]) => {
    if (what === 2) return [...list].reverse();
    if (what === 3) return list.slice(0, -1);
    if (what === 4) return [...list.slice(1), ...list.slice(0, 1)];
    if (what === 5) return [...list, ...list.slice(0, 1)];
    return list;
  };
  void pieces;
  if (value.kind === "list")
    return { kind: "list", items: moved(value.items).map((item) => changed(item as Node, draw, fresh)) };
  const members = moved(value.members) as readonly (readonly [string, Node])[];
  return { kind: "record", members: members.map(([key, member]) => [key, changed(member, draw, fresh)]) };
}

const PATHS = [
  "$",
  "$[*]",
  "$..v",
  "$..at",
  "$.items",
  "$.items[*].v",
  "$[*].v",
  "$.*",
  "$..items",
  "$..items[*]",
  "$..id",
  "$.name",
];
const paths = fc.subarray(PATHS, { maxLength: 2 });
const options: fc.Arbitrary<CompareOptions> = fc
  .record({
    ignore: paths,
    tolerance: paths,
    unordered: paths,
    keyed: paths,
    redact: fc.subarray(PATHS, { maxLength: 1 }),
    nulls: fc.constantFrom("absent" as const, undefined, undefined),
    plain: fc.nat(3),
  })
  .map(({ ignore, tolerance, unordered, keyed, redact, nulls, plain }) =>
    plain === 0
      ? OPTIONS
      : {
          ...OPTIONS,
          ignore: plain === 1 ? [] : ignore.filter((path) => path !== "$"),
          redact,
          nulls,
          tolerance: plain === 2 ? {} : Object.fromEntries(tolerance.map((path) => [path, 0.05])),
          arrays: Object.fromEntries([
            ...unordered.map((path) => [path, { mode: "unordered" }]),
            ...keyed.map((path) => [path, { mode: "key", key: "id" }]),
          ]),
        },
  );

const seldom = fc.infiniteStream(
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constant(1) },
    { weight: 4, arbitrary: fc.integer({ min: 2, max: 5 }) },
  ),
);
const spaces = fc
  .infiniteStream(fc.constantFrom("", "", "", "", " ", "\n\t"))
  .map((stream) => () => stream.next().value as string);

const pair = fc
  .record({ value: node, draws: seldom, fresh: fc.infiniteStream(node), one: spaces, other: spaces })
  .map(({ value, draws, fresh, one, other }) => {
    const next = changed(
      value,
      () => draws.next().value as number,
      () => fresh.next().value as Node,
    );
    return [written(value, one), written(next, other)] as const;
  });

const runs = Number(process.env.IN_STEP_RUNS ?? 1500);
const timeout = 60_000 + 100 * runs;

/** Lists whose elements have much in common, in another order, and perhaps with one that is another. */
const moved = fc
  .array(fc.tuple(fc.nat(1), fc.nat(1), fc.nat(2)), { minLength: 2, maxLength: 6 })
  .chain((items) =>
    fc.tuple(
      fc.constant(items),
      fc.shuffledSubarray(items, { minLength: items.length }),
      fc.constantFrom<(of: readonly number[]) => string>(
        ([a, b, c]) => `{"a":${a},"b":[${b}],"c":{"d":${c}}}`,
        ([a, b, c]) => `{"a":"${a}","b":${b}.0,"name":${c}}`,
        (all) => `[${all}]`,
        ([a, b, c]) => `[[${a}],{"b":"${b}"},${c}]`,
      ),
      fc.nat(12),
    ),
  )
  .map(([items, others, write, at]) => {
    const edited = others.map((item, i) => (i === at ? [...item.slice(0, 2), 7] : item));
    return [`[${items.map(write)}]`, `[${edited.map(write)}]`] as const;
  });

/** The same under rules: of nulls that are as good as absent, of what is ignored, near or in any order. */
const movedUnderRules = fc
  .record({
    items: fc.array(fc.array(fc.nat(5), { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 8 }),
    swaps: fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 2 }),
    edit: fc.option(fc.nat(7), { freq: 3 }),
    inside: fc.constantFrom("", '"z":1,', '"z":[1,{"k":null}],'),
    nulls: fc.infiniteStream(fc.boolean()),
  })
  .map(({ items, swaps, edit, inside, nulls }) => {
    const isNull = () => nulls.next().value === true;
    const member = (name: string, value: number | undefined) =>
      value === undefined || value < 2 ? (isNull() ? `"${name}":null,` : "") : `"${name}":${value},`;
    const write = ([a, b, c, d]: readonly number[]) =>
      `{${inside}${member("a", a)}${member("b", b)}"l":[${c},{${member("e", d)}"f":2}],"i":1}`;
    const others = items.map((item, i) => (i === edit ? [...item.slice(0, 3), 6] : item));
    for (const [from, to] of swaps) {
      const [one, other] = [others[from % others.length], others[to % others.length]];
      others[from % others.length] = other as number[];
      others[to % others.length] = one as number[];
    }
    return [`[${items.map(write)}]`, `[${others.map(write)}]`] as const;
  });
const RULES: readonly CompareOptions[] = [
  { ...OPTIONS, nulls: "absent" },
  { ...OPTIONS, nulls: "absent", ignore: ["$[*].b"] },
  { ...OPTIONS, ignore: ["$[*].l[*].e"] },
  { ...OPTIONS, ignore: ["$..f"], nulls: "absent" },
  { ...OPTIONS, arrays: { "$[*].l": { mode: "unordered" } } },
  { ...OPTIONS, arrays: { "$[*].l": { mode: "unordered" } }, nulls: "absent" },
  { ...OPTIONS, tolerance: { "$[*].a": 1 } },
];

describe("two bodies read in step", () => {
  test("of which one is a list in another order say so under rules too", { timeout }, () => {
    fc.assert(
      fc.property(movedUnderRules, fc.constantFrom(...RULES), ([legacy, modern], rules) => {
        const step = inStep(legacy, modern, rules);
        if (step !== undefined) expect(step).toEqual(whole(legacy, modern, rules));
      }),
      { numRuns: runs },
    );
  });

  test("of which one is a list in another order say what parsing and comparing them says", {
    timeout,
  }, () => {
    fc.assert(
      fc.property(moved, ([legacy, modern]) => {
        const step = inStep(legacy, modern, OPTIONS);
        if (step !== undefined) expect(step).toEqual(whole(legacy, modern, OPTIONS));
      }),
      { numRuns: runs },
    );
  });

  test("say what parsing and comparing them says, to the letter", { timeout }, () => {
    let told = 0;
    let differing = 0;
    fc.assert(
      fc.property(pair, options, ([legacy, modern], rules) => {
        const full = whole(legacy, modern, rules);
        const step = inStep(legacy, modern, rules);
        if (step === undefined) return;
        told++;
        if (step.mismatches.length > 0) differing++;
        expect(step).toEqual(full);
      }),
      { numRuns: runs },
    );
    // A way that is never taken is always right.
    expect(told).toBeGreaterThan(runs / 3);
    expect(differing).toBeGreaterThan(runs / 20);
  });

  test("are left to the parser where they are no JSON, whatever is wrong with them", () => {
    const broken = fc
      .tuple(
        pair,
        fc.nat(),
        fc.constantFrom("", "\u0000", '"', "\\", "{", "]", ",", "01", "-", "\\u12", "\n"),
      )
      .map(([[legacy, modern], at, piece]) => {
        const cut = at % (legacy.length + 1);
        const spoil = (text: string) => `${text.slice(0, cut)}${piece}${text.slice(cut + 1)}`;
        return [spoil(legacy), at % 2 === 0 ? spoil(modern) : modern] as const;
      });
    fc.assert(
      fc.property(broken, ([legacy, modern]) => {
        const step = inStep(legacy, modern, OPTIONS);
        if (step !== undefined) expect(step).toEqual(whole(legacy, modern, OPTIONS));
      }),
      { numRuns: 500 },
    );
  });

  test("tell numbers apart exactly, and leave names that are there twice to the parser", () => {
    const kinds = (legacy: string, modern: string) =>
      inStep(legacy, modern, OPTIONS)?.mismatches.map(({ path }) => path);
    expect(kinds('{"a":10000000000000001}', '{"a":10000000000000002}')).toEqual(["$.a"]);
    expect(kinds('{"a":1.0,"b":[1e2]}', '{"a":1,"b":[100]}')).toEqual([]);
    expect(kinds('{"a":1,"a":2}', '{"a":1,"a":2} ')).toBeUndefined();
    expect(kinds('{"a":1,"\\u0061":2}', '{"a":2}')).toBeUndefined();
  });

  test("know a list that is only moved where each two of its elements have something in common", () => {
    const [a, b, c] = ['{"a":1,"b":[1]}', '{"a":1,"b":[2]}', '{"a":2,"b":[2]}'];
    const moved = [`[${a},${b},${c}]`, `[${b},${c},${a}]`] as const;
    expect(whole(...moved, OPTIONS)?.mismatches.map(({ kind }) => kind)).toEqual(["order"]);
    expect(inStep(...moved, OPTIONS)).toBeUndefined();
    const lists = ["[[1],[1]]", "[[1],[2]]", "[[2],[2]]"];
    const [one, two, three] = lists;
    expect(inStep(`[${lists}]`, `[${[two, three, one]}]`, OPTIONS)).toBeUndefined();
  });

  test("stop at the parser's bounds", () => {
    const deep = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
    expect(inStep(deep(512), `${deep(512)} `, OPTIONS)).toEqual(whole(deep(512), deep(512), OPTIONS));
    expect(inStep(deep(513), `${deep(513)} `, OPTIONS)).toBeUndefined();
    const long = (end: number) => `[${"0,".repeat(1_000_000)}${end}]`;
    expect(inStep(long(1), long(2), OPTIONS)).toBeUndefined();
  });

  test("do not parse again and again what differs in length on every level", () => {
    const nested = (end: string) => `${"[".repeat(500)}${"1,".repeat(20_000)}1${`${end}]`.repeat(500)}`;
    const [legacy, modern] = [nested(""), nested(",2")];
    expect(inStep(legacy, modern, OPTIONS)).toBeUndefined();
  });
});
