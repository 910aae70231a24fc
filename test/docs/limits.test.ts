import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(ROOT, "docs/reference/limits.md"), "utf8");

/** Constants that look like bounds and are none a user could meet. */
const NO_BOUNDS = new Set([
  "compare/comparer.ts MAX_SERIAL", // numbers of comparisons begin anew
  "compare/credential.ts MAX_NAME", // of a member's name, what is looked at
  "compare/json-number.ts MAX_EXPONENT_DIGITS", // part of reading a number
  "lanes/admission.ts MAX_LENGTH", // the parser's, of a length; longer is no length
  "domain/histogram.ts MAX_MICROS", // the histogram's last bucket takes all above
  "config/scalars.ts MAX_SOCKET_PATH", // the system's, of a socket's path
  "wire/blocks.ts BLOCK_BYTES", // of one read
  "lanes/front/ticket-keys.ts TICKETS_MS", // how often there is another key
]);

interface Bound {
  readonly file: string;
  readonly name: string;
  readonly value: number;
}

const UNITS: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
};

/** `64 KiB`, `4,096 bytes`, `5 s` in the code's own unit: bytes, ms, or a plain number. */
function written(text: string): number {
  const [number = "", unit = ""] = text.split(" ");
  return Number(number.replaceAll(",", "")) * (UNITS[unit] ?? 1);
}

function listed(markdown: string): Bound[] {
  const rows = markdown.matchAll(/^\| `(\w+)`\s*\| ([^|]+)\| `([\w/.-]+\.ts)`\s*\|/gm);
  return [...rows].map(([, name = "", value = "", file = ""]) => ({
    file,
    name,
    value: written(value.trim()),
  }));
}

/** A constant, a default of destructuring or of a parameter, or what stands behind `??`. */
function declared(source: string, name: string): number | undefined {
  const value = "\\s*([^,;)}]+)";
  const expression = (new RegExp(`\\.${name} \\?\\?${value}`).exec(source) ??
    new RegExp(`\\b${name}(?:: \\w+)? =${value}`).exec(source))?.[1]?.trim();
  if (expression === undefined) return undefined;
  const plain = expression.replace(/[A-Z][A-Z_0-9]+/g, (other) => String(declared(source, other)));
  if (!/^[\d\s_.*+<()-]+$/.test(plain)) return undefined;
  return Number(new Function(`return ${plain}`)());
}

function bounds(source: string): string[] {
  const found = source.matchAll(
    /^(?:export )?const ((?:\w+_)?MAX_\w+|[A-Z_]+_KEPT) =|^export const ([A-Z_]+_(?:MS|BYTES|MB)) = \d/gm,
  );
  return [...found].map((match) => (match[1] ?? match[2]) as string);
}

const sources = new Map(
  readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(ROOT, "src", name), "utf8")]),
);

describe("the page of limits", () => {
  test("every bound it lists is in the code, with that value", () => {
    const rows = listed(page);
    expect(rows.length).toBeGreaterThan(50);
    const inCode = rows.map(({ file, name }) => ({
      file,
      name,
      value: declared(sources.get(file) ?? "", name),
    }));
    expect(inCode).toEqual(rows);
  });

  test("every bound in the code is listed", () => {
    const named = new Set(listed(page).map(({ file, name }) => `${file} ${name}`));
    const missing = [...sources]
      .flatMap(([file, source]) => bounds(source).map((name) => `${file} ${name}`))
      .filter((bound) => !named.has(bound) && !NO_BOUNDS.has(bound));
    expect(missing).toEqual([]);
  });

  test("every key it lists has that default in the files reference", () => {
    const files = readFileSync(join(ROOT, "docs/reference/files.md"), "utf8");
    const defaults = new Map(
      [...files.matchAll(/^\| `([^`]+)`\s*\|[^|]*\|\s*`?([^|`]*?)`?\s*\|/gm)].map((match) => [
        match[1],
        match[2],
      ]),
    );
    const keys = [...page.matchAll(/^\| `([a-z][\w[\]]*\.[\w.]+)`\s*\| `([^`]+)`\s*\|/gm)];
    expect(keys.length).toBeGreaterThan(10);
    for (const [, key, value] of keys) expect([key, defaults.get(key)]).toEqual([key, value]);
  });

  test("a bound that is missing, gone or changed would be found", () => {
    const source =
      "const MAX_A = 2 * 1024;\nexport const MAX_B = 2 * MAX_A;\nconst { maxC = 5_000 } = options;\n";
    expect(bounds(source)).toEqual(["MAX_A", "MAX_B"]);
    expect(declared(source, "MAX_B")).toBe(written("4 KiB"));
    expect(declared(source, "maxC")).toBe(written("5 s"));
    expect(declared(source, "MAX_GONE")).toBeUndefined();
    expect(listed("| `MAX_A` | 4,096 bytes | `wire/a.ts` | x | |")).toEqual([
      { file: "wire/a.ts", name: "MAX_A", value: 4096 },
    ]);
  });
});
