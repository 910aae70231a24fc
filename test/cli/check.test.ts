import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { entry, fakeDeps, folder, run, SHOP_FILES, shop } from "./support.ts";

describe("fig check", () => {
  test("says in one line what passes, and makes nothing", async () => {
    const { "state.db": _state, ...files } = SHOP_FILES;
    const cwd = await folder(files);
    const { code, out, err, deps } = await run(["check"], { cwd });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(`ok ${join(cwd, "fig.yaml")}: 1 route, 0 migrations, 2 upstreams\n`);
    expect(deps.opened).toEqual([]);
    expect(readdirSync(cwd).toSorted()).toEqual(["fig.yaml", "routes"]);
  });

  test("names every problem of every file at once, with its place and a remedy, exit 2", async () => {
    const cwd = await shop({
      "fig.yaml": SHOP_FILES["fig.yaml"].replace("listen:", "lissten:"),
      "routes/more.yaml": "routes:\n  - id: a\n    match: { path: nowhere }\n    modern: nobody\n",
    });
    const { code, out, err } = await run(["check"], { cwd });
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/fig\.yaml:1:1: .*lissten.* — /);
    expect(err).toMatch(/routes\/more\.yaml:3:\d+: .* — /);
    expect(err).toMatch(/routes\/more\.yaml:4:\d+: .*nobody.* — /);
    expect(err).toMatch(/fig: invalid_files: \d+ problems\n$/);
  });

  test("warns of rules of compare whose last day is over", async () => {
    const rules =
      "compare: { ignore: [{ path: $.x, until: 2020-01-01 }], nulls: { as: absent, until: 2020-01-01 }, tolerance: { $.y: { by: 1, until: 2999-01-01 } } }";
    const cwd = await shop({
      "routes/more.yaml": `routes:\n  - { id: ended, match: { path: /ended }, modern: orders, ${rules} }\n`,
    });
    const { code, err } = await run(["check"], { cwd });
    expect(code).toBe(0);
    for (const rule of ["ignore $.x", "nulls absent"])
      expect(err).toContain(
        `route ended: compare rule \`${rule}\` has ended and is no longer in force — take it out, or give it another until`,
      );
    expect(err).not.toContain("tolerance $.y");
  });

  test("--json gives the problems as data", async () => {
    const cwd = await shop({ "routes/more.yaml": "routes: 7\n" });
    const { code, out, err } = await run(["check", "--json"], { cwd });
    expect([code, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      file: join(cwd, "fig.yaml"),
      problems: [{ file: join(cwd, "routes/more.yaml"), line: 1, column: 9, message: expect.any(String) }],
    });
    const good = await run(["check", "--json"], { cwd: await shop() });
    expect(JSON.parse(good.out)).toMatchObject({
      ok: true,
      problems: [],
      routes: 1,
      migrations: 0,
      upstreams: 2,
    });
  });

  test("held against a state that is there, warns of a step that came too late", async () => {
    const step = "changes:\n  orders.read: { modern: 1 }\n";
    const cwd = await shop({ "migrations/0002-one.yaml": step, "migrations/0003-half.yaml": step });
    const change = {
      route: "orders.read",
      from: { modern: 0, shadow: 0 },
      to: { modern: 50, shadow: 0 },
      hash: "0",
    };
    const migration = { number: 3, name: "half", hash: "0" };
    const entries = [entry({ kind: "migration", migration, changes: [change] })];
    const { code, err } = await run(["check"], { cwd, entries });
    expect(code).toBe(0);
    expect(err).toMatch(
      /^warning: step 0002-one is late: step 0003-half was applied before it .*: give its file the next free number, 0004, or/,
    );
  });

  test("held against a state that is there, names a route that is gone while modern serves it", async () => {
    const cwd = await shop();
    const to = { modern: 10, shadow: 0 };
    const change = { route: "orders.gone", from: { modern: 0, shadow: 0 }, to, hash: "0" };
    const { code, err } = await run(["check"], { cwd, entries: [entry({ changes: [change] })] });
    expect(code).toBe(2);
    expect(err).toMatch(/^\S*fig\.yaml: route orders\.gone is gone from the files while .* — .*formerly/);
    expect(err).toMatch(/\nfig: invalid_files: 1 problem\n$/);
  });

  test("held against a state that is there, names a split that changed under clients, as a start would", async () => {
    const evidence = { split: { "orders.read": "cohort orders.read, sticky header:x-other" } };
    const to = { modern: 10, shadow: 0 };
    const change = { route: "orders.read", from: { modern: 0, shadow: 0 }, to, hash: "0" };
    const entries = [entry({ changes: [change], evidence })];
    const cwd = await shop();
    const { code, out, err } = await run(["check"], { cwd, entries });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(
      /^\S*routes\/orders\.yaml:\d+:\d+: route orders\.read is splitting \(modern 10\), and its split changed from cohort orders\.read, sticky header:x-other to .* — put it back to .*, or write resplit: accepted in the route\nfig: invalid_files: 1 problem\n$/,
    );

    const accepted = SHOP_FILES["routes/orders.yaml"].replace(/^( +)modern: .*$/m, "$&\n$1resplit: accepted");
    const again = await run(["check"], { cwd: await shop({ "routes/orders.yaml": accepted }), entries });
    expect([again.code, again.err]).toEqual([0, ""]);
    const settled = { ...change, to: { modern: 100, shadow: 0 } };
    const all = await run(["check"], { cwd, entries: [entry({ changes: [settled], evidence })] });
    expect([all.code, all.err]).toEqual([0, ""]);
  });

  test("a state that cannot be read is a warning", async () => {
    const deps = { ...fakeDeps({ cwd: await shop() }), openStore: () => Promise.reject(new Error("locked")) };
    expect(await runCli(["check"], deps)).toBe(0);
    expect(deps.stderr.text()).toBe(
      "warning: not checked against the state, because it cannot be read: locked\n",
    );
  });

  test("-c names another file, and one that is not there is said", async () => {
    const cwd = await shop();
    const other = await run(["check", "-c", join(cwd, "fig.yaml")], { cwd: await folder() });
    expect(other.code).toBe(0);
    const none = await run(["check", "-c", "nope.yaml"], { cwd });
    expect(none.code).toBe(2);
    expect(none.err).toBe(
      `fig: config_not_found: there is no ${cwd}/nope.yaml\nremedy: name the file that is there with -c\n`,
    );
  });

  test("the repo's own fig.yaml, routes and migrations pass, warning of nothing", async () => {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const { code, err, out } = await run(["check", "--json"], { cwd });
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ ok: true, warnings: [], routes: 7, migrations: 6, upstreams: 4 });
  });
});
