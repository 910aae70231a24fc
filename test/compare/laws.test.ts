import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CapturedAnswer } from "../../src/compare/contract.ts";
import { equalAnswers } from "../../src/compare/equal-answers.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { memberStep } from "../../src/domain/json-path.ts";
import type { Mismatch } from "../../src/domain/outcomes.ts";
import type { Side } from "../../src/domain/position.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { answer, job, jsonMismatches, named, OPTIONS } from "./jobs.ts";
import { edited, type Plain, placesOf, plainValue, respelled } from "./json-values.ts";

const choices = fc.infiniteStream(fc.nat(11)).map((stream) => () => stream.next().value as number);
const text = JSON.stringify;

type Steps = readonly (string | number)[];

function pathOf(place: Steps): string {
  return `$${place.map((step) => (typeof step === "number" ? "[*]" : memberStep(step))).join("")}`;
}

/** The same with the names of maps folded, as a mismatch tells it. Values here have few members: names of digits make a map. */
function foldedPath(value: unknown, place: Steps): string {
  let here = value;
  const steps = place.map((step) => {
    const around = here as Record<string | number, unknown>;
    here = around[step];
    if (typeof step === "number") return "[*]";
    const names = Object.keys(around);
    const isMap = names.length > 50 || names.filter((name) => /^\d/.test(name)).length * 2 > names.length;
    return isMap ? ".*" : memberStep(step);
  });
  return `$${steps.join("")}`;
}

describe("laws of comparing JSON", () => {
  test("a value matches itself however it is spelled", () => {
    fc.assert(
      fc.property(plainValue, choices, choices, (value, one, two) => {
        expect(jsonMismatches(respelled(value, one), respelled(value, two))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("comparing the other way round finds the same, missing and extra swapped", () => {
    const opposite = (kind: string) => (kind === "missing" ? "extra" : kind === "extra" ? "missing" : kind);
    // Of a member under another name the row is legacy's: which of the two is told under the other goes by the side, that both are does not.
    const told = (legacy: unknown, modern: unknown) =>
      jsonMismatches(text(legacy), text(modern)).flatMap((each) => [each, ...(each.cascade ?? [])]);
    const holds = (a: unknown, b: unknown) => {
      const forth = told(a, b).map(({ kind, path }) => `${kind} ${path}`);
      const back = told(b, a).map(({ kind, path }) => `${opposite(kind)} ${path}`);
      expect(back.sort()).toEqual(forth.sort());
    };
    holds([{ "": { a: null } }], [{ a: { a: null } }]);
    // Many values that are alike: members of other names and levels, elements that one side lacks.
    const few = fc.constantFrom<Plain>("heron", 1234, { a: null }, { "": "heron" }, [1]);
    const alike = fc.array(fc.dictionary(fc.constantFrom("a", "b", "", "data"), few), { maxLength: 3 });
    fc.assert(fc.property(fc.oneof(plainValue, alike), fc.oneof(plainValue, alike), holds), {
      numRuns: 1_000,
    });
  });

  test("a member under another name is one row, at the name that legacy has, the empty name too", () => {
    const renamed = (from: string, to: string) =>
      jsonMismatches(text({ [from]: "heron" }), text({ [to]: "heron" })).map(({ cascade = [], ...row }) => [
        ...named([row]),
        ...cascade.map(({ kind, path }) => `${kind} ${path}`),
      ]);
    expect(renamed("a", "")).toEqual([["missing $.a", 'extra $[""]']]);
    expect(renamed("", "a")).toEqual([['missing $[""]', "extra $.a"]]);
  });

  test("two values match exactly if they are deeply equal", () => {
    fc.assert(
      fc.property(plainValue, plainValue, (a, b) => {
        const equal = text(canonical(a)) === text(canonical(b));
        expect(jsonMismatches(text(a), text(b)).length === 0).toBe(equal);
      }),
      { numRuns: 400 },
    );
  });

  test("a single edit is found where it was made, and only there", () => {
    const edit = fc.constantFrom("change", "remove");
    fc.assert(
      fc.property(plainValue, fc.nat(), edit, (value, pick, how) => {
        const places = placesOf(value);
        const place = places[pick % places.length] as (typeof places)[number];
        const last = place.at(-1);
        fc.pre(how === "change" || place.length > 0);
        const modern = edited(value, place, (old) =>
          how === "remove" ? undefined : old === "edited!" ? "again!" : "edited!",
        );
        const found = named(jsonMismatches(text(value), text(modern)));
        if (how === "change") {
          expect(found).toHaveLength(1);
          const path = foldedPath(value, place);
          expect([`type ${path}`, `value ${path}`]).toContain(found[0]);
        } else if (typeof last === "number")
          expect(found).toEqual([`length ${foldedPath(value, place.slice(0, -1))}`]);
        else expect(found).toEqual([`missing ${foldedPath(value, place)}`]);
      }),
      { numRuns: 600 },
    );
  });

  test("an edit under an ignored place is not found", () => {
    fc.assert(
      fc.property(plainValue, fc.nat(), fc.nat(), (value, pick, depth) => {
        const places = placesOf(value);
        const place = places[pick % places.length] as (typeof places)[number];
        const above = place.slice(0, depth % (place.length + 1));
        const modern = edited(value, place, () => "edited!");
        expect(jsonMismatches(text(value), text(modern), { ignore: [pathOf(above)] })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("the order of an unordered array means nothing, its content does", () => {
    const options: Partial<CompareOptions> = { arrays: { $: { mode: "unordered" } } };
    const shuffled = fc
      .array(plainValue, { maxLength: 8 })
      .chain((values) =>
        fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length })),
      );
    fc.assert(
      fc.property(shuffled, plainValue, ([values, moved], another) => {
        expect(jsonMismatches(text(values), text(moved), options)).toEqual([]);
        expect(named(jsonMismatches(text(values), text([...moved, another]), options))).toEqual([
          "extra $[*]",
        ]);
        const ordered = named(jsonMismatches(text(values), text(moved)));
        expect(ordered.length === 0 || ordered[0] === "order $").toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("a tolerance t makes numbers equal exactly if they are at most t apart", () => {
    const hundredths = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(
        hundredths,
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: 0, max: 50 }),
        (a, by, t) => {
          const options = { tolerance: { "$.list[*].n": t / 100 } };
          const body = (n: number) => `{"list":[{"n":${(n / 100).toFixed(2)}}]}`;
          expect(jsonMismatches(body(a), body(a + by), options).length === 0).toBe(Math.abs(by) <= t);
        },
      ),
    );
  });
});

function canonical(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { members: members.map(([name, each]) => [name, canonical(each)]) };
}

describe("the law of redaction", () => {
  const SECRET = "h0rse-battery";
  const hides = (mismatches: readonly Mismatch[]) => expect(JSON.stringify(mismatches)).not.toContain(SECRET);
  /** Values with the secret in strings and in names, at any depth. */
  const secretive = plainValue.map((value) =>
    JSON.parse(text(value).replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner) => `"${inner}${SECRET}"`)),
  );

  test("nothing under a redacted path or a credential's name is ever in a mismatch", () => {
    const where = fc.constantFrom(
      { holder: "plain", redact: ["$.x[*].plain"] },
      { holder: "plain", redact: ["$.x"] },
      { holder: "plain", redact: ["$..plain"] },
      { holder: "accessToken", redact: [] },
      { holder: "client_secret", redact: [] },
      { holder: "Set-Cookie", redact: [] },
    );
    const mode = fc.constantFrom(undefined, { mode: "unordered" }, { mode: "key", key: "k" });
    fc.assert(
      fc.property(secretive, secretive, plainValue, where, mode, (a, b, around, { holder, redact }, rule) => {
        const arrays = rule === undefined ? {} : { "$.x": rule };
        const options = { redact, arrays } as Partial<CompareOptions>;
        const bodies = [
          text({
            x: [
              { k: 1, [holder]: a },
              { k: 2, [holder]: b },
            ],
            around,
          }),
          text({ x: [{ k: 2, [holder]: a }], around }),
          text({ x: [{ k: 1, [holder]: b }, { k: 2 }] }),
          text({ x: { [holder]: a } }),
          text({ x: 1 }),
          "{}",
          "[]",
        ];
        // With an object where the rules expect an array, the listed path is another one: only names protect there.
        const isProtected = (body: string) => redact[0] !== "$.x[*].plain" || !body.startsWith('{"x":{');
        const pool = bodies.filter(isProtected);
        for (const legacy of pool) for (const modern of pool) hides(jsonMismatches(legacy, modern, options));
      }),
      { numRuns: 60 },
    );
  });

  test("a body that does not parse shows nothing of itself", () => {
    fc.assert(
      fc.property(secretive, (value) => {
        const verdict = verdictOf(job(answer(text({ value })), answer(text({ value }).slice(0, -1))));
        expect(named(verdict.mismatches)).toEqual(["type body"]);
        hides(verdict.mismatches);
      }),
      { numRuns: 50 },
    );
  });
});

interface Parts {
  readonly status: number;
  readonly type: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly tooLarge: boolean;
}

const parts: fc.Arbitrary<Parts> = fc.record({
  status: fc.constantFrom(200, 200, 200, 201, 204, 404, 500, 503),
  type: fc.constantFrom("application/json", "application/json", "text/plain", "image/png", ""),
  headers: fc.constantFrom([], ["Vary", "a"], ["Location", "/b"], ["Content-Encoding", "sdch"]),
  body: fc.oneof(plainValue.map(text), fc.string({ maxLength: 8 }), fc.constant("")),
  tooLarge: fc.constantFrom(false, false, false, true),
});

const answerOf = ({ status, type, headers, body, tooLarge }: Parts) =>
  answer(tooLarge ? "" : body, type, { status, headers, tooLarge });

const failure: CapturedAnswer = { kind: "failure", code: "timeout" };

const anyAnswer = fc.oneof(
  { weight: 1, arbitrary: fc.constant(failure) },
  { weight: 6, arbitrary: parts.map(answerOf) },
);

const changed = fc.subarray<keyof Parts>(["status", "type", "headers", "body", "tooLarge"]);

/** Two answers that have much in common, or nothing. */
const anyPair: fc.Arbitrary<readonly [CapturedAnswer, CapturedAnswer]> = fc.oneof(
  fc.tuple(anyAnswer, anyAnswer),
  fc.tuple(parts, parts, changed).map(([one, other, keys]) => {
    const taken = Object.fromEntries(keys.map((key) => [key, other[key]]));
    return [answerOf(one), answerOf({ ...one, ...taken })] as const;
  }),
);

describe("the laws of names and sides", () => {
  const mirrored = ({ path, kind, legacy, modern }: Mismatch): Mismatch => ({
    path,
    kind: kind === "missing" ? "extra" : kind === "extra" ? "missing" : kind,
    legacy: modern,
    modern: legacy,
  });
  const flat = (mismatches: readonly Mismatch[]): readonly Mismatch[] =>
    mismatches
      .flatMap((each) => [each, ...(each.cascade ?? [])])
      .map(({ path, kind, legacy, modern }) => ({ path, kind, legacy, modern }));
  const sorted = (mismatches: readonly Mismatch[]) => mismatches.map((each) => text(each)).sort();
  const method = fc.constantFrom("GET", "GET", "HEAD");

  test("the same answers under the same names, sides swapped, give the same verdict mirrored", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyPair, method, ([served, shadowed], how) => {
        const forth = verdictOf(job(served, shadowed, { serving: "legacy", method: how }));
        const back = verdictOf(job(shadowed, served, { serving: "modern", method: how }));
        expect([back.outcome, back.reason]).toEqual([forth.outcome, forth.reason]);
        // Under which cause a difference is told may depend on the side that is called legacy; that it is told may not.
        expect(sorted(flat(back.mismatches))).toEqual(sorted(flat(forth.mismatches).map(mirrored)));
        seen.add(forth.reason ?? forth.outcome);
      }),
      { numRuns: 2000 },
    );
    expect([...seen].sort()).toEqual(["match", "mismatch", "serving_error", "too_large", "undecodable"]);
  });

  test("names swapped, sides kept, the verdict is the same unless an answer failed or is a 5xx", () => {
    fc.assert(
      fc.property(anyPair, method, ([legacy, modern], how) => {
        const healthy = (each: CapturedAnswer) => each.kind === "answer" && each.status < 500;
        fc.pre(healthy(legacy) && healthy(modern));
        const forth = verdictOf(job(legacy, modern, { serving: "legacy", method: how }));
        const back = verdictOf(job(legacy, modern, { serving: "modern", method: how }));
        expect(back).toEqual(forth);
      }),
      { numRuns: 400 },
    );
  });

  test("a failure counts by the name of its answer, whichever side gave it", () => {
    const side = fc.constantFrom<Side>("legacy", "modern");
    fc.assert(
      fc.property(anyAnswer, side, (other, failed) => {
        const of = (serving: Side) =>
          verdictOf(
            failed === "legacy" ? job(failure, other, { serving }) : job(other, failure, { serving }),
          );
        expect(of(failed).reason).toBe("serving_error");
        const shadowed = of(failed === "legacy" ? "modern" : "legacy");
        if (other.kind === "failure") expect(shadowed.reason).toBe("serving_error");
        else {
          const values = {
            [failed]: '"timeout"',
            [failed === "legacy" ? "modern" : "legacy"]: `${other.status}`,
          };
          expect(shadowed.mismatches).toEqual([{ path: "status", kind: "error", ...values }]);
        }
      }),
    );
  });

  test("an answer matches itself whichever side serves, unless nobody could keep it", () => {
    fc.assert(
      fc.property(anyAnswer, fc.constantFrom<Side>("legacy", "modern"), method, (each, serving, how) => {
        const { outcome, reason } = verdictOf(job(each, each, { serving, method: how }));
        if (each.kind === "failure") expect(reason).toBe("serving_error");
        else if (!each.tooLarge) expect(outcome).toBe("match");
        else expect(["match", "too_large"]).toContain(reason ?? outcome);
      }),
      { numRuns: 400 },
    );
  });
});

describe("equal answers", () => {
  test("are those whose verdict is match without a look inside, however their bytes are cut", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const cuts = fc.array(fc.nat(40), { maxLength: 4 });
    const headers = fc.array(
      fc.tuple(
        fc.constantFrom("Vary", "vary", "Content-Type", "content-encoding", "Date", "x-a"),
        fc.constantFrom("a", "b", "gzip", "application/json"),
      ),
      { maxLength: 3 },
    );
    const status = fc.constantFrom(200, 204, 404, 500);
    const chunked = (body: Uint8Array, at: readonly number[]) => {
      const edges = [0, ...[...at].sort((a, b) => a - b).map((n) => Math.min(n, body.length)), body.length];
      return edges.slice(1).map((end, i) => body.subarray(edges[i], end));
    };
    const side = fc.tuple(bytes, cuts, headers, status, fc.boolean());
    const toAnswer = ([body, at, fields, code, tooLarge]: [
      Uint8Array,
      number[],
      [string, string][],
      number,
      boolean,
    ]) => ({
      ...answer(body, "", { status: code, headers: fields.flat(), tooLarge: tooLarge && body.length > 35 }),
      body: chunked(body, at),
    });
    let equal = 0;
    fc.assert(
      fc.property(side, side, cuts, fc.boolean(), (one, two, at, same) => {
        const a = toAnswer(one);
        const b = toAnswer(same ? [one[0], at, one[2], one[3], one[4]] : two);
        const isEqual = equalAnswers(a, b, OPTIONS.headers);
        expect(equalAnswers(b, a, OPTIONS.headers)).toBe(isEqual);
        if (!isEqual) return;
        equal++;
        for (const serving of ["legacy", "modern"] as const) {
          expect(verdictOf(job(a, b, { serving })).outcome).toBe("match");
        }
      }),
      { numRuns: 1000 },
    );
    expect(equal).toBeGreaterThan(100);
  });

  test("a differing byte, chunked or not, header line or status is seen", () => {
    const base = answer("abcdef", "text/plain", { headers: ["Vary", "a"] });
    const differing = [
      answer("abcdeg", "text/plain", { headers: ["Vary", "a"] }),
      answer("abcde", "text/plain", { headers: ["Vary", "a"] }),
      answer("abcdef", "text/html", { headers: ["Vary", "a"] }),
      answer("abcdef", "text/plain", { headers: ["Vary", "a", "vary", "b"] }),
      answer("abcdef", "text/plain", { headers: [] }),
      answer("abcdef", "text/plain", { headers: ["Vary", "a", "Content-Encoding", "gzip"] }),
      answer("abcdef", "text/plain", { headers: ["Vary", "a"], status: 201 }),
    ];
    const { headers } = OPTIONS;
    expect(equalAnswers(base, base, headers)).toBe(true);
    for (const other of differing) {
      expect(equalAnswers(base, other, headers)).toBe(false);
      expect(equalAnswers(other, base, headers)).toBe(false);
    }
    const cut = { ...base, body: [Buffer.from("ab"), Buffer.from(""), Buffer.from("cdeX")] } as typeof base;
    expect(equalAnswers(base, cut, headers)).toBe(false);
  });
});
