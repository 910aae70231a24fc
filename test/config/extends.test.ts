import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { effectiveFiles, formatProblems, loadConfig } from "../../src/config/index.ts";
import { type Files, folderOf, within } from "./folder.ts";

const BASE: Files = {
  "base/fig.yaml": `default: a
vars: { modern: "http://127.0.0.1:2", percent: 10 }
limits: { url: 4KiB, body: 1MiB }
state: sqlite:state.db
documents: { shop: shop.yaml }
upstreams:
  a: http://127.0.0.1:1
  b: { urls: ["\${vars.modern}"], timeout: 3s }
`,
  "base/shop.yaml": 'openapi: 3.0.3\ninfo: { title: t, version: "1" }\npaths: {}\n',
  "base/routes/r.yaml": `routes:
  - id: one
    match: { path: "/one/{id}" }
    modern: b
    start: { modern: "\${vars.percent}" }
`,
};

async function load(files: Files, main: string, environment: Record<string, string> = {}) {
  const folder = folderOf(files);
  return { folder, result: await loadConfig(join(folder, main), environment) };
}

async function configOf(files: Files, main: string, environment: Record<string, string> = {}) {
  const { folder, result } = await load(files, main, environment);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return { folder, config: result.config, paths: result.paths };
}

async function wrong(files: Files, main: string): Promise<string> {
  const { folder, result } = await load(files, main);
  return result.ok ? "" : within(folder, formatProblems(result.problems));
}

test("a variable whose name is typed wrongly is told, and one that others do not need is not", async () => {
  const prod = 'extends: ../base/fig.yaml\nvars: { moderm: "http://127.0.0.1:9", percent: 20 }\n';
  const base = { ...BASE, "base/fig.yaml": `${BASE["base/fig.yaml"]}`.replace("10 }", "10, spare: x }") };
  const { folder, result } = await load({ ...base, "prod/fig.yaml": prod }, "prod/fig.yaml");
  expect(result.ok && result.warnings.map((line) => within(folder, line))).toEqual([
    'prod/fig.yaml:2:9: vars.moderm stands in no file: did you mean "vars.modern"?',
  ]);
});

describe("extends", () => {
  test("says what another file says, but for what it says itself; mappings key by key", async () => {
    const { folder, config } = await configOf(
      {
        ...BASE,
        "prod/fig.yaml":
          'extends: ../base/fig.yaml\nvars: { modern: "http://127.0.0.1:9" }\nlimits: { body: 2MiB }\nname: production\n',
      },
      "prod/fig.yaml",
    );
    expect(config).toMatchObject({
      file: join(folder, "prod/fig.yaml"),
      name: "production",
      defaultUpstream: "a",
      limits: { urlBytes: 4096, bodyBytes: 2 * 1024 ** 2 },
      state: `sqlite:${join(folder, "base/state.db")}`,
    });
    expect(config.upstreams.get("b")).toMatchObject({ urls: ["http://127.0.0.1:9"], timeoutMs: 3000 });
    expect(config.routes).toMatchObject([{ id: "one", start: { modern: 10 } }]);
    expect(config.routes[0]?.source.file).toBe(join(folder, "base/routes/r.yaml"));
    expect([...config.documents.keys()]).toEqual(["shop"]);
  });

  test("a list takes the place of a list, and ~ takes a key away", async () => {
    const { config } = await configOf(
      {
        ...BASE,
        "prod/fig.yaml":
          "extends: ../base/fig.yaml\nupstreams: { b: { urls: [http://127.0.0.1:7, http://127.0.0.1:8], timeout: ~ } }\n",
      },
      "prod/fig.yaml",
    );
    expect(config.upstreams.get("b")).toMatchObject({
      urls: ["http://127.0.0.1:7", "http://127.0.0.1:8"],
      timeoutMs: 60_000,
    });
  });

  test("goes through several files, and every one of them is watched", async () => {
    const { folder, config, paths } = await configOf(
      {
        ...BASE,
        "eu/fig.yaml": "extends: ../base/fig.yaml\nname: eu\n",
        "eu/prod/fig.yaml": "extends: ../fig.yaml\nvars: { percent: 25 }\n",
      },
      "eu/prod/fig.yaml",
    );
    expect(config.name).toBe("eu");
    expect(config.routes[0]?.start.modern).toBe(25);
    expect(paths).toEqual([
      ...["eu/prod/fig.yaml", "eu/fig.yaml", "base/fig.yaml"].map((path) => join(folder, path)),
      ...["base/routes", "base/migrations", "base/shop.yaml"].map((path) => join(folder, path)),
    ]);
  });

  test("a stage may have routes of its own", async () => {
    const { config } = await configOf(
      {
        ...BASE,
        "prod/fig.yaml": "extends: ../base/fig.yaml\nroutes: own\n",
        "prod/own/r.yaml": "routes: [{ id: mine, match: { path: /mine }, modern: b }]\n",
      },
      "prod/fig.yaml",
    );
    expect(config.routes.map(({ id }) => id)).toEqual(["mine"]);
  });

  test("problems are told where they were written", async () => {
    expect(
      await wrong(
        { ...BASE, "prod/fig.yaml": "extends: ../base/fig.yaml\ndefault: nobody\nlimits:\n  body: lots\n" },
        "prod/fig.yaml",
      ),
    ).toBe(
      [
        'prod/fig.yaml:2:10: default: there is no upstream "nobody" — upstreams here: a, b',
        'prod/fig.yaml:4:9: limits.body: "lots" is not a size — write a number with its unit: 512B, 64KiB or 1MiB',
      ].join("\n"),
    );
    const base = { ...BASE, "base/fig.yaml": `${BASE["base/fig.yaml"]}drain: { delay: soon }\n` };
    expect(
      await wrong({ ...base, "prod/fig.yaml": "extends: ../base/fig.yaml\n" }, "prod/fig.yaml"),
    ).toContain('base/fig.yaml:9:17: drain.delay: "soon" is not a duration');
  });

  test.each([
    [
      "prod/fig.yaml",
      "extends: ../prod/fig.yaml\n",
      "prod/fig.yaml:1:10: extends: ../prod/fig.yaml leads back to this file — let the last of them extend nothing",
    ],
    [
      "prod/fig.yaml",
      "extends: ../none.yaml\n",
      "none.yaml: the file does not exist — name a file that extends can read",
    ],
    [
      "prod/fig.yaml",
      "extends: [a]\n",
      "prod/fig.yaml:1:10: extends: is no path — write the path of another fig.yaml",
    ],
    [
      "prod/fig.yaml",
      `extends: ../base/fig.yaml\nname: "\${vars.none}"\n`,
      `prod/fig.yaml:2:7: there is no variable vars.none — write it under vars in fig.yaml, or give it a fallback: \${vars.none:-value}`,
    ],
    [
      "prod/fig.yaml",
      `vars: { a: x, b: "\${vars.a}" }\n`,
      "prod/fig.yaml:1:18: vars.b refers to another variable — write the value out, or take it from the environment",
    ],
    [
      "prod/fig.yaml",
      "vars: [a]\n",
      "prod/fig.yaml:1:7: vars: must be a mapping of names to values — write vars: { name: value }",
    ],
    [
      "prod/fig.yaml",
      "vars: { a: [x] }\n",
      "prod/fig.yaml:1:12: vars.a is neither a text nor a number — write one value",
    ],
  ])("%s with %j is told", async (main, text, told) => {
    expect(await wrong({ ...BASE, [main]: text }, main)).toBe(told);
  });

  test("two files that extend each other are told once", async () => {
    const text = await wrong(
      { "a/fig.yaml": "extends: ../b/fig.yaml\n", "b/fig.yaml": "extends: ../a/fig.yaml\n" },
      "a/fig.yaml",
    );
    expect(text).toBe(
      "b/fig.yaml:1:10: extends: ../a/fig.yaml leads back to this file — let the last of them extend nothing",
    );
  });

  test("a variable takes its value from the environment, which is never shown", async () => {
    const files = {
      "fig.yaml": `vars: { up: "\${UP}" }\ndefault: a\nupstreams: { a: "\${vars.up}" }\nlimits: { body: "\${vars.up}" }\n`,
    };
    const folder = folderOf(files);
    mkdirSync(join(folder, "routes"));
    const result = await loadConfig(join(folder, "fig.yaml"), { UP: "http://secret.example" });
    expect(result.ok ? "" : formatProblems(result.problems)).not.toContain("secret.example");
    expect(result.ok).toBe(false);
    const set = await loadConfig(
      join(folderOf({ "fig.yaml": files["fig.yaml"].replace(/limits.*\n/, "") }), "fig.yaml"),
      { UP: "http://127.0.0.1:5" },
    );
    expect(set.ok && set.config.upstreams.get("a")).toMatchObject({ urls: ["http://127.0.0.1:5"] });
  });
});

test("what a variable has from the environment is printed as it is written", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-print-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "fig.yaml");
  writeFileSync(file, `vars: { word: "\${WORD}", plain: a }\nname: "\${vars.word}-\${vars.plain}"\n`);
  const { text } = await effectiveFiles(file, { WORD: "of-this-host" });
  expect(text).toContain(`name: \${WORD}-a`);
  expect(text).not.toContain("of-this-host");
});
