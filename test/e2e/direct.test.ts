import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Case } from "../conformance/direct/cases.ts";
import { CORNERS } from "../conformance/direct/corners.ts";
import { differencesOf } from "../conformance/direct/differences.ts";
import { EXCEPTIONS } from "../conformance/direct/exceptions.ts";
import { explanationOf, runTransparency } from "../conformance/direct/run.ts";
import { type Observation, World } from "../conformance/direct/world.ts";

// `npm run transparency` goes on for as long as it is told to.
test("with no routes, whatever client or monolith sees changed is in the list, and all that is in the list is seen", {
  timeout: 120_000,
}, async () => {
  const result = await runTransparency({
    seed: Number(process.env.TRANSPARENCY_SEED ?? 1),
    cases: Number(process.env.TRANSPARENCY_CASES ?? 550),
    slots: 16,
  });
  expect(result.unexplained).toEqual([]);
  const unseen = Object.entries(result.exceptions).filter(([, cases]) => cases === 0);
  expect(unseen).toEqual([]);
  expect(result.notRepeated).toBeLessThan(result.cases / 50);
});

test("docs/reference/transparency.md has a row for each exception, in the same order", () => {
  const page = readFileSync(new URL("../../docs/reference/transparency.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| \*\*(.+?)\*\* \| .+ \| .+ \|$/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(EXCEPTIONS));
});

test("what no exception explains is told", async () => {
  const world = await World.open(1);
  const plain = CORNERS.find(({ exchanges }) => exchanges[0]?.sent.text.startsWith("GET /h ")) as Case;
  const one: Case = { ...plain, finish: "probe", exchanges: plain.exchanges.slice(0, 1) };
  const { direct, auto } = await world.run(one, 0, 1);
  await world.close();
  const untold = (fig: Observation) =>
    differencesOf(one, "auto", direct, fig)
      .filter((difference) => explanationOf(difference) === undefined)
      .map(({ at, what, name }) => `${at} ${what} ${name}`.trim());
  expect(untold(auto)).toEqual([]);
  const answered = (text: string): Observation => ({ ...auto, received: { ...auto.received, text } });
  const { text } = auto.received;
  expect(untold(answered(text.replace("\r\n", "\r\nServer: fig\r\n")))).toEqual(["answer new server"]);
  expect(untold(answered(text.replace("200 OK", "200 Fine")))).toEqual(["answer reason"]);
  expect(untold(answered(text.replace("ok", "ko")))).toEqual(["answer body"]);
  expect(untold(answered(`HTTP/1.1 103 Early Hints\r\n\r\n${text}`))).toEqual(["interim extra"]);
  const asked = (change: (start: string) => string, lines: readonly string[] = []): Observation => ({
    ...auto,
    arrived: auto.arrived.map((arrived, i) =>
      i > 0
        ? arrived
        : {
            ...arrived,
            message: {
              ...arrived.message,
              start: change(arrived.message.start),
              lines: [...arrived.message.lines, ...lines],
            },
          },
    ),
  });
  expect(untold(asked((start) => start.replace("/h", "/H")))).toEqual(["request target"]);
  expect(untold(asked((start) => start, ["x-added: 1"]))).toEqual(["request new x-added"]);
  expect(untold(asked((start) => start, ["via: 1.1 other"]))).toEqual(["request new via"]);
  expect(untold({ ...auto, arrived: [...auto.arrived.slice(0, 1), ...auto.arrived.slice(0, 1)] })).toEqual([
    "request extra",
  ]);
  expect(untold({ ...auto, arrived: [] })).toEqual(["request missing"]);
});
