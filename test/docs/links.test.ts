import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

const PAGES = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  "examples/json-server/README.md",
  "examples/express-4-to-5/README.md",
  "examples/express-4-to-5/apart/README.md",
  "examples/apollo-to-yoga/README.md",
  "examples/oidc-provider/README.md",
  ...pagesIn("docs"),
];

/** Targets of links and pictures that lie in this repository. */
function localTargets(markdown: string): string[] {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] as string).replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

test("links of the pages lead somewhere", () => {
  const broken = PAGES.flatMap((page) =>
    localTargets(readFileSync(join(ROOT, page), "utf8"))
      .filter((target) => !existsSync(resolve(ROOT, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(PAGES.length).toBeGreaterThan(25);
  expect(broken).toEqual([]);
});

test("the index has every page but the decisions, which have an index of their own", () => {
  for (const [index, pages] of [
    ["docs/README.md", pagesIn("docs").filter((page) => !page.startsWith("docs/decisions/"))],
    ["docs/decisions/README.md", pagesIn("docs/decisions")],
  ] as const) {
    const listed = localTargets(readFileSync(join(ROOT, index), "utf8")).map((target) =>
      join(dirname(index), target),
    );
    expect(pages.filter((page) => page !== index && !listed.includes(page))).toEqual([]);
  }
});

test("files and folders that pages name in the code are there", () => {
  const named = PAGES.flatMap((page) =>
    [
      ...readFileSync(join(ROOT, page), "utf8").matchAll(
        /`((?:src|test|bench|scripts|docs|examples)\/[\w./-]*\w\/?)`/g,
      ),
    ].map((match) => ({ page, path: match[1] as string })),
  );
  // Results of the bench come with its runs.
  const missing = named.filter(
    ({ path }) => !path.startsWith("bench/results") && !existsSync(join(ROOT, path)),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

test("a link to nowhere would be found", () => {
  expect(
    localTargets("[a](b.md#c) ![d](e.svg) [f](https://example.com) [g](#h)\n```\n[no](link)\n```\n"),
  ).toEqual(["b.md", "e.svg"]);
});

test("npm scripts that pages name exist", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = ["README.md", "CONTRIBUTING.md", ...pagesIn("docs")].flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/npm run (?:(?:-s|--silent) )?([\w:-]+)/g)].map(
      (match) => match[1] as string,
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test("decisions are numbered in a row, their titles say the number, and the list has them all", () => {
  const folder = "docs/decisions";
  const files = readdirSync(join(ROOT, folder))
    .filter((name) => name !== "README.md")
    .sort();
  const list = readFileSync(join(ROOT, folder, "README.md"), "utf8");
  for (const [index, file] of files.entries()) {
    const number = String(index + 1).padStart(4, "0");
    expect(file).toMatch(new RegExp(`^${number}-[a-z0-9-]+\\.md$`));
    expect(readFileSync(join(ROOT, folder, file), "utf8")).toMatch(new RegExp(`^# ${number} · \\S`));
    expect(list).toContain(`[${number}](${file})`);
  }
});
