import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CITING = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "fig.yaml",
  "bench",
  "bin",
  "dashboard",
  "deploy",
  "docs",
  "examples",
  "migrations",
  "routes",
  "schema",
  "scripts",
  "src",
  "test",
];
const SKIPPED = /(?:^|\/)(?:node_modules|dist|results)\/|\.(?:png|svg)$/;

function textsBelow(path: string): [string, string][] {
  const full = join(ROOT, path);
  const files = statSync(full).isDirectory()
    ? readdirSync(full, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
    : [path];
  return files
    .filter((file) => !SKIPPED.test(file) && statSync(join(ROOT, file)).isFile())
    .map((file) => [file, readFileSync(join(ROOT, file), "utf8")]);
}

/** Section to the highest number of its list; 0: it has none. */
function sectionsOf(markdown: string): ReadonlyMap<string, number> {
  const sections = new Map<string, number>();
  let section = "";
  for (const line of markdown.split("\n")) {
    const heading = /^##+ (.+)$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    if (section !== "") {
      const number = /^(\d+)\. /.exec(line)?.[1] ?? "0";
      sections.set(section, Math.max(sections.get(section) ?? 0, Number(number)));
    }
  }
  return sections;
}

/** What cites the contract without a section that it has: `contract.md, Laws 5`, `contract.md#laws`. */
function wrongCitations(text: string, sections: ReadonlyMap<string, number>): string[] {
  const names = [...sections.keys()].sort((a, b) => b.length - a.length);
  const anchors = new Set(names.map((name) => name.toLowerCase().replaceAll(" ", "-")));
  const cited = [...text.matchAll(/(?<![\w/-])(?:docs\/)?contract\.md, ([^\n]*)/g)].map((match) => {
    const rest = match[1] as string;
    const name = names.find((each) => new RegExp(`^${each}\\b`).test(rest));
    if (name === undefined) return rest.slice(0, 40);
    const number = /^ (\d+)/.exec(rest.slice(name.length))?.[1];
    return number !== undefined && Number(number) > (sections.get(name) ?? 0) ? `${name} ${number}` : "";
  });
  const linked = [...text.matchAll(/\bcontract\.md#([\w-]*)/g)].map((match) =>
    anchors.has(match[1] as string) ? "" : `#${match[1]}`,
  );
  return [...cited, ...linked].filter((wrong) => wrong !== "");
}

const sections = sectionsOf(readFileSync(join(ROOT, "docs/contract.md"), "utf8"));
const SELF = "test/docs/contract.test.ts";
const texts = CITING.flatMap(textsBelow).filter(([file]) => file !== SELF);

test("what code and pages cite of the contract is there", () => {
  const wrong = texts.flatMap(([file, text]) =>
    wrongCitations(text, sections).map((each) => `${file}: ${each}`),
  );
  expect(texts.filter(([, text]) => /\bcontract\.md[,#]/.test(text)).length).toBeGreaterThan(15);
  expect(wrong).toEqual([]);
});

test("nothing cites a page outside the repository", () => {
  const outside = /\b(?:DESIGN|FACTS)\b|\b(?:HOUSE|PROOF|FRONT-DOOR)\.md\b/;
  expect(texts.filter(([, text]) => outside.test(text)).map(([file]) => file)).toEqual([]);
});

test("a citation of a section that is not there is found out", () => {
  const known = sectionsOf("# A\n\n## Laws\n\n1. one\n2. two\n\n### Command line\n");
  const right = "(docs/contract.md, Laws 2) contract.md, Command line: [x](../contract.md#command-line)";
  expect(wrongCitations(right, known)).toEqual([]);
  expect(wrongCitations("docs/contract.md, Laws 3", known)).toEqual(["Laws 3"]);
  expect(wrongCitations("docs/contract.md, Lawsuits", known)).toEqual(["Lawsuits"]);
  expect(wrongCitations("docs/contract.md, Command 1", known)).toEqual(["Command 1"]);
  expect(wrongCitations("[x](contract.md#law)", known)).toEqual(["#law"]);
});
