import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const VERDICT = fileURLToPath(new URL("../../src/compare/verdict.ts", import.meta.url));

test("comparing loads a parser of XML or HTML with the first such body, and no sooner", () => {
  const script = `
    import { createRequire } from "node:module";
    import { verdictOf } from ${JSON.stringify(VERDICT)};
    const options = { headers: [], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 5 };
    const answer = (side, type, text) => ({ side, answer: {
      kind: "answer", status: 200, headers: ["content-type", type], body: [Buffer.from(text)], bodyBytes: text.length, tooLarge: false,
    } });
    const loaded = () => ["saxes", "parse5"].filter((name) =>
      Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes("/node_modules/" + name + "/")));
    const said = [];
    for (const [type, one, other] of [["application/json", "[1]", "[2]"], ["text/plain", "a", "b"], ["text/xml", "<a/>", "<b/>"], ["text/html", "<p>1", "<p>2"]]) {
      verdictOf({ method: "GET", answers: { serving: answer("legacy", type, one), shadow: answer("modern", type, other) }, options, maxBodyBytes: 1000 });
      said.push(loaded());
    }
    console.log(JSON.stringify(said));
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script]);
  expect(JSON.parse(said.toString())).toEqual([[], [], ["saxes"], ["saxes", "parse5"]]);
});
