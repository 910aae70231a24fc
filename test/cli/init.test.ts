import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { initFiles, routeIdFor } from "../../src/cli/init-files.ts";
import { pathOption, routeOption } from "../../src/cli/init-options.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { parseConfig } from "../../src/config/index.ts";
import { fakeDeps, folder, run } from "./support.ts";

const WRITTEN = ["fig.yaml", "routes/api-orders.yaml", "migrations/0001-shadow-api-orders.yaml"];

describe("fig init", () => {
  test("writes files that pass, says which, and what to do next", async () => {
    const cwd = await folder();
    const { code, out, err } = await run(["init"], { cwd });
    expect(code).toBe(0);
    expect(err).toBe(
      "note: there is no terminal to ask on, so these defaults are used: --legacy http://127.0.0.1:3000 --modern http://127.0.0.1:3001 --path /api/orders/{id}\n",
    );
    expect(out).toContain("The dashboard is at http://127.0.0.1:9901 ");
    for (const file of WRITTEN) expect(out).toContain(`wrote ${file}\n`);
    expect(out).toContain("Next:\n  fig check");
    const checked = await run(["check"], { cwd });
    expect([checked.code, checked.err]).toEqual([0, ""]);
    expect(checked.out).toContain("1 route, 1 migration, 2 upstreams");
  });

  test("takes everything from flags", async () => {
    const cwd = await folder();
    const flags = [
      "--legacy",
      "http://10.0.0.1:81",
      "--modern",
      "http://new.example",
      "--listen",
      "0.0.0.0:80",
    ];
    const more = ["--dir", "door", "--path", "/shop/{rest+}", "--route", "shop.all"];
    const { code, out, err } = await run(["init", ...flags, ...more, "--yes"], { cwd });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("  cd door\n");
    expect(out).toContain(
      "/shop or /shop/ without a segment more goes to legacy: give it a route of its own.\n",
    );
    expect(readFileSync(join(cwd, "door/fig.yaml"), "utf8")).toMatch(/^listen: "0\.0\.0\.0:80" /m);
    expect(readFileSync(join(cwd, "door/fig.yaml"), "utf8")).toContain('urls: ["http://new.example"]');
    expect(readFileSync(join(cwd, "door/routes/shop-all.yaml"), "utf8")).toContain('- id: "shop.all"');
    expect((await run(["check", "-c", "door/fig.yaml"], { cwd })).code).toBe(0);
  });

  test("says that / is left out by /{rest+}, and nothing where nothing is", async () => {
    const root = await run(["init", "--path", "/{rest+}", "--yes"], { cwd: await folder() });
    expect(root.out).toContain("/ without a segment more goes to legacy: give it a route of its own.\n");
    expect((await run(["init", "--yes"], { cwd: await folder() })).out).not.toContain(
      "without a segment more",
    );
  });

  test("never overwrites without --force, and then writes nothing at all", async () => {
    const cwd = await folder({ "routes/api-orders.yaml": "mine" });
    const refused = await run(["init"], { cwd });
    expect(refused.code).toBe(3);
    expect(refused.err).toBe(`fig: file_exists: some files exist already; nothing was written
  - ${join(cwd, "routes/api-orders.yaml")}
remedy: choose another folder with --dir, or overwrite them with --force
`);
    expect(existsSync(join(cwd, "fig.yaml"))).toBe(false);
    expect(readFileSync(join(cwd, "routes/api-orders.yaml"), "utf8")).toBe("mine");
    const forced = await run(["init", "--force"], { cwd });
    expect(forced.code).toBe(0);
    expect(readFileSync(join(cwd, "routes/api-orders.yaml"), "utf8")).not.toBe("mine");
  });

  test("advises no --force where other routes or steps would be left beside the new ones", async () => {
    const cwd = await folder({ "fig.yaml": "mine", "routes/others.yaml": "routes: []" });
    const { code, err } = await run(["init"], { cwd });
    expect(code).toBe(3);
    expect(err).toContain(
      "remedy: choose another folder with --dir: --force would leave the other routes and steps that lie here\n",
    );
  });

  test("keeps the state out of git, beside what .gitignore has already", async () => {
    const read = (cwd: string) => readFileSync(join(cwd, ".gitignore"), "utf8");
    const fresh = await folder();
    expect((await run(["init"], { cwd: fresh })).out).toContain("wrote .gitignore\n");
    expect(read(fresh)).toBe(".fig/\n");
    const there = await folder({ ".gitignore": "node_modules/\ndist" });
    await run(["init"], { cwd: there });
    expect(read(there)).toBe("node_modules/\ndist\n.fig/\n");
    const done = await folder({ ".gitignore": "/.fig\n" });
    expect((await run(["init"], { cwd: done })).out).not.toContain(".gitignore");
    expect(read(done)).toBe("/.fig\n");
  });

  test("names each file's schema to the editor where there is one to find, and the files pass with it", async () => {
    const schemas = Object.fromEntries(
      ["fig", "routes", "migration"].map((name) => [
        `node_modules/strangler-fig/schema/${name}.schema.json`,
        "{}",
      ]),
    );
    const cwd = await folder(schemas);
    await run(["init", "--dir", "door"], { cwd });
    const first = (file: string, at = join(cwd, "door")) =>
      readFileSync(join(at, file), "utf8").split("\n")[0];
    const at = "node_modules/strangler-fig/schema";
    expect(WRITTEN.map((file) => first(file))).toEqual([
      `# yaml-language-server: $schema=../${at}/fig.schema.json`,
      `# yaml-language-server: $schema=../../${at}/routes.schema.json`,
      `# yaml-language-server: $schema=../../${at}/migration.schema.json`,
    ]);
    expect((await run(["check", "-c", "door/fig.yaml"], { cwd })).err).toBe("");
    // A clone's own: none is installed there.
    const clone = await folder({ "schema/fig.schema.json": "{}" });
    const deps = { ...fakeDeps({ cwd: join(clone, "tmp") }), packageRoot: `${clone}/` };
    expect(await runCli(["init"], deps)).toBe(0);
    expect(first("fig.yaml", join(clone, "tmp"))).toBe(
      "# yaml-language-server: $schema=../schema/fig.schema.json",
    );
    const nowhere = await folder();
    await run(["init"], { cwd: nowhere });
    expect(first("fig.yaml", nowhere)).toMatch(/^# The front door/);
  });

  test.each([
    ["--path", "/{x}/{x}", /--path.* two captures named x: give each its own name/],
    ["--path", "/a/../b", /--path.* is invalid\. .*dot segment/],
    ["--path", "/a//b", /--path.* is invalid\. .*\/a\/\/b/],
    ["--path", "/%2F/x", /--path.* is invalid\. .*%2F/],
    ["--listen", "127.0.0.1:9901", /--listen.*the admin API and the dashboard will be there/],
  ])("%s %s, with which no file passes, writes none", async (flag, value, said) => {
    const cwd = await folder();
    const { code, err } = await run(["init", "--yes", flag, value], { cwd });
    expect([code, err]).toEqual([2, expect.stringMatching(said)]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("a folder that is a file, or cannot be made, is said with what would help", async () => {
    const cwd = await folder({ taken: "" });
    const { code, err } = await run(["init", "--yes", "--dir", "taken"], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(
      /^fig: cannot_write: .*taken\/fig\.yaml cannot be written: .*\nremedy: name a folder that you can write with --dir\n$/,
    );
  });

  test("says so when what lies in the folder does not pass together with it", async () => {
    const cwd = await folder({ "routes/other.yaml": "routes: 7\n" });
    const { code, err } = await run(["init"], { cwd });
    expect(code).toBe(2);
    expect(err).toMatch(
      /^fig: invalid_files: the files were written, but do not pass together with the existing files\n/,
    );
  });

  test("asks on a terminal, again where an answer cannot be used, with defaults", async () => {
    const cwd = await folder();
    const stdin = new PassThrough();
    Object.assign(stdin, { isTTY: true });
    const deps = fakeDeps({ cwd, tty: true, stdin });
    const answers = ["", "no url", "http://127.0.0.1:4000", "", "/a/{id}"];
    const questions = [
      "Clients will",
      "URL of the monolith",
      "URL of the monolith",
      "new service",
      "First path",
    ];
    const write = deps.stdout.write;
    let asked = 0;
    Object.assign(deps.stdout, {
      removeListener: () => undefined,
      write(text: string, done?: () => void) {
        write(text, done);
        if (asked < questions.length && text.includes(`${questions[asked]}`)) {
          const answer = answers[asked++];
          setImmediate(() => stdin.write(`${answer}\r`));
        }
        return true;
      },
    });
    const code = await runCli(["init"], deps);
    expect(code).toBe(0);
    expect(asked).toBe(questions.length);
    expect(deps.stderr.text()).toBe("an http URL without a path is needed, e.g. http://127.0.0.1:3000.\n");
    expect(readFileSync(join(cwd, "fig.yaml"), "utf8")).toContain('legacy: "http://127.0.0.1:4000"');
    expect(readFileSync(join(cwd, "routes/a.yaml"), "utf8")).toContain('path: "/a/{id}"');
  });

  test("Ctrl-C at a question writes nothing", async () => {
    const cwd = await folder();
    const stdin = new PassThrough();
    Object.assign(stdin, { isTTY: true });
    const deps = fakeDeps({ cwd, tty: true, stdin });
    const write = deps.stdout.write;
    let left = false;
    Object.assign(deps.stdout, {
      removeListener: () => undefined,
      write(text: string, done?: () => void) {
        write(text, done);
        if (!left && text.includes("Clients will")) {
          left = true;
          setImmediate(() => stdin.write("\x03"));
        }
        return true;
      },
    });
    expect(await runCli(["init"], deps)).toBe(130);
    expect(deps.stderr.text()).toBe("fig: nothing was written\n");
    expect(existsSync(join(cwd, "fig.yaml"))).toBe(false);
  });
});

describe("The words init takes", () => {
  const segment = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/), fc.stringMatching(/^\{[a-z]{1,5}\}$/));

  test("every path it takes passes the check of routes, with the id read off it", () => {
    fc.assert(
      fc.property(fc.uniqueArray(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        // Refused by itself, as the check of routes would.
        fc.pre(segments.every((each) => each !== "." && each !== ".."));
        const path = pathOption(`/${segments.join("/")}`);
        const id = routeOption(routeIdFor(path));
        const route = { id, match: { path }, legacy: "a", modern: "b" };
        const upstreams = { a: "http://127.0.0.1:1", b: "http://127.0.0.1:2" };
        const result = parseConfig({ listen: "127.0.0.1:0", state: "memory:", upstreams, routes: [route] });
        expect(result.ok).toBe(true);
      }),
    );
  });

  test("every id it takes gives file names without a separator in them", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/), (route) => {
        const answers = {
          listen: "a:1",
          legacy: "http://a",
          modern: "http://b",
          path: "/",
          route: routeOption(route),
        };
        for (const { path } of initFiles(answers)) expect(path).toMatch(/^([a-z]+\/)?[a-z0-9-]+\.yaml$/);
      }),
    );
  });
});

test("init where no folder can be made ends and says so", async () => {
  const { code, err } = await run(["init", "--yes", "--dir", "/proc/none/deep"], { cwd: "/" });
  expect([code, err]).toEqual([1, expect.stringContaining("name a folder that you can write with --dir")]);
});
