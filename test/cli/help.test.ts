import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { referenceCli } from "../../src/cli/reference.ts";
import { run } from "./support.ts";

const MIGRATE = ["status", "plan", "up", "down", "to"].map((name) => ["migrate", name]);
const KEYS = ["add", "list", "show", "set", "disable", "enable", "revoke", "remove", "import"].map((name) => [
  "keys",
  name,
]);
const EVERY: readonly (readonly string[])[] = [
  [],
  ...COMMANDS.map(({ name }) => [name]),
  ...MIGRATE,
  ...KEYS,
];

describe("Help", () => {
  test.each(EVERY.map((words) => [words.join(" "), words] as const))(
    "of `fig %s` goes to stdout, carries an example and fits 80 columns",
    async (_name, words) => {
      const { code, out, err } = await run([...words, "--help"]);
      expect(code).toBe(0);
      expect(err).toBe("");
      expect(out).toContain(`Usage: fig${words.length > 0 ? ` ${words.join(" ")}` : ""}`);
      expect(out).toMatch(/Examples?:\n {2}\$ fig /);
      const options = out.slice(0, out.search(/Examples?:/)).split("\n");
      for (const line of options) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  test("every example parses: its command and its flags exist", async () => {
    for (const words of EVERY) {
      const { out } = await run([...words, "--help"]);
      const examples = [...out.matchAll(/^ {2}\$ fig (.*)$/gm)].map((match) => match[1] as string);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const typed = (example.split(" | ")[0] as string).match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
        const argv = typed.map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
        const { err } = await run(argv.includes("--help") ? argv : [...argv, "--help"]);
        expect(err, example).toBe("");
      }
    }
  });

  test("--version prints the version alone", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, out: "1.2.3\n", err: "" });
  });

  test("docs/reference/cli.md is what the commands say; `node scripts/write-reference-cli.mjs` writes it", () => {
    const path = fileURLToPath(new URL("../../docs/reference/cli.md", import.meta.url));
    expect(readFileSync(path, "utf8")).toBe(referenceCli());
  });
});
