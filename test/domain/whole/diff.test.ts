import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerDiff, type DiffRow } from "../../../src/domain/whole/diff.ts";
import { diffLines } from "../../../src/domain/whole/diff-lines.ts";
import type { WholeAnswer, WholeBody } from "../../../src/domain/whole/sample.ts";

function answer(text: string, form: "json" | "markup" | "text" = "json"): WholeAnswer {
  const body: WholeBody = { kind: "text", form, text, bytes: text.length };
  return { kind: "answer", status: 200, headers: [], body };
}

function bodyRows(legacy: WholeAnswer, modern: WholeAnswer): readonly DiffRow[] {
  return answerDiff({ legacy, modern }).find(({ name }) => name === "body")?.rows ?? [];
}

const shown = (rows: readonly DiffRow[]) =>
  rows.map(({ depth, legacy, modern, same }) =>
    same ? `${" ".repeat(depth)}${legacy}` : `${" ".repeat(depth)}${legacy ?? "-"} | ${modern ?? "-"}`,
  );

/** Everything of one side, in its order, what is folded too. */
function sideOf(rows: readonly DiffRow[], side: "legacy" | "modern"): readonly string[] {
  return rows.flatMap((row) =>
    row.inside !== undefined ? sideOf(row.inside, side) : row[side] === undefined ? [] : [row[side]],
  );
}

describe("two whole answers side by side", () => {
  test("JSON goes by members: their order means nothing, equal parts are one row, what differs is marked", () => {
    const legacy = answer('{"id":7,"tags":["a","b"],"total":10.50,"gone":{"x":1},"name":"x"}');
    const modern = answer('{"name":"x","id":7,"total":10.5,"tags":["a","b"],"new":null}');
    expect(shown(bodyRows(legacy, modern))).toEqual([
      "{",
      ' "id": 7',
      ' "tags": [ … ]',
      ' "total": 10.50 | "total": 10.5',
      ' "gone": { | -',
      '  "x": 1 | -',
      " } | -",
      ' "name": "x"',
      ' - | "new": null',
      "}",
    ]);
  });

  test("elements are held against those that they are, and numbers keep their digits", () => {
    const legacy = answer('[{"id":9007199254740993},{"id":2},{"id":3}]');
    const modern = answer('[{"id":2},{"id":3},{"id":4}]');
    expect(shown(bodyRows(legacy, modern))).toEqual([
      "[",
      " { | -",
      '  "id": 9007199254740993 | -',
      " } | -",
      " { … }",
      " { … }",
      " - | {",
      '  - | "id": 4',
      " - | }",
      "]",
    ]);
  });

  test("nothing of either side is lost, and nothing is marked where they are equal", () => {
    const lines = (text: string) => sideOf(bodyRows(answer(text), answer(text)), "legacy");
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (a, b) => {
        const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
        const rows = bodyRows(answer(left), answer(right));
        expect([...sideOf(rows, "legacy")].sort()).toEqual([...lines(left)].sort());
        expect([...sideOf(rows, "modern")].sort()).toEqual([...lines(right)].sort());
        expect(bodyRows(answer(left), answer(left)).every(({ same }) => same)).toBe(true);
      }),
    );
  });

  test("any two texts are put together again from their lines", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 40 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const pairs = diffLines(a, b);
        expect(pairs.flatMap(({ legacy }) => legacy ?? [])).toEqual(a);
        expect(pairs.flatMap(({ modern }) => modern ?? [])).toEqual(b);
        const equal = pairs.filter(({ legacy, modern }) => legacy === modern).length;
        expect(equal).toBeGreaterThanOrEqual(a.length > 0 && a.join() === b.join() ? a.length : 0);
      }),
    );
  });

  test("texts too different to be searched are one change, in bounded time", () => {
    const [a, b] = ["a", "b"].map((name) => Array.from({ length: 20_000 }, (_, i) => `${name}${i}`));
    const pairs = diffLines(["x", ...(a as string[]), "y"], ["x", ...(b as string[]), "y"]);
    expect(pairs).toHaveLength(20_002);
  });

  test("a page in one line goes by its tags, with equal ones folded", () => {
    const page = (price: string) =>
      `<html><body>${Array.from({ length: 9 }, (_, i) => `<p>${i}</p>`).join("")}<b>${price}</b></body></html>`;
    expect(shown(bodyRows(answer(page("1"), "markup"), answer(page("2"), "markup")))).toEqual([
      "… 8 equal lines …",
      "<p>6</p>",
      "<p>7</p>",
      "<p>8</p>",
      "<b>1</b> | <b>2</b>",
      "</body>",
      "</html>",
    ]);
  });

  test("headers go by their names, and a side that failed has none", () => {
    const legacy: WholeAnswer = {
      ...{ kind: "answer", status: 200, body: { kind: "none" } },
      headers: [
        ["Vary", "a"],
        ["Content-Type", "text/plain"],
      ],
    };
    const parts = answerDiff({ legacy, modern: { kind: "failure", code: "timeout" } });
    expect(parts.map(({ name, rows }) => [name, shown(rows)])).toEqual([
      ["status", ["200 | failed: timeout"]],
      ["headers", ["content-type: text/plain | -", "vary: a | -"]],
      ["body", []],
    ]);
  });

  test("a part has at most a thousand rows, and says how many are left", () => {
    const body = (n: number) => answer(JSON.stringify(Array.from({ length: 1_500 }, (_, i) => i * n)));
    const part = answerDiff({ legacy: body(2), modern: body(3) }).find(({ name }) => name === "body");
    expect(part?.rows).toHaveLength(1_000);
    expect(part?.left).toBeGreaterThan(400);
  });
});
