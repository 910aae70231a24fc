import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { folder } from "../support.ts";

const FIG = fileURLToPath(new URL("../../../bin/fig", import.meta.url));

interface Fig {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly exit: Promise<number | null>;
}

function start(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Fig {
  const child = spawn(process.execPath, [FIG, ...args], { cwd, env: { ...process.env, ...env } });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, out: () => out, err: () => err, exit };
}

async function fig(cwd: string, ...args: readonly string[]) {
  const run = start(cwd, args);
  const code = await run.exit;
  return { code, out: run.out(), err: run.err() };
}

async function serve(cwd: string, ...args: readonly string[]) {
  const run = start(cwd, ["serve", ...args]);
  const ready = await new Promise<string>((resolve, reject) => {
    run.child.stdout?.on("data", () => {
      const line = run.out().split("\n")[0] as string;
      if (run.out().includes("\n")) resolve(line);
    });
    void run.exit.then((code) => reject(new Error(`it ended with ${code}: ${run.err()}`)));
  });
  return { ...run, ready: JSON.parse(ready) };
}

async function upstream(total: number): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ total }));
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function until<Found>(look: () => Promise<Found>, holds: (found: Found) => boolean): Promise<Found> {
  for (;;) {
    const found = await look();
    if (holds(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function shopFiles(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const [legacy, modern] = [await upstream(1), await upstream(2)];
  return folder({
    "fig.yaml": `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:.fig/state.db
default: monolith
upstreams: { monolith: "${legacy}", orders: "${modern}" }
`,
    "routes/orders.yaml": `routes:
  - id: orders.read
    match: { path: "/api/orders/{id}" }
    modern: orders
    sticky: [header:x-user]
`,
    "migrations/0001-shadow.yaml": "changes:\n  orders.read: { shadow: 100 }\n",
    "migrations/0002-gated.yaml": "changes:\n  orders.read: { modern: 10 }\ngate: { minComparisons: 1000 }\n",
    ...more,
  });
}

describe("fig serve and the commands that act on it", () => {
  test("a stopped front door: a command says what it waits for, gives it up and goes on with the state; a live one is back", {
    timeout: 90_000,
  }, async () => {
    const cwd = await shopFiles();
    const door = await serve(cwd);
    const admin = ["--admin", door.ready.adminUrl] as const;
    door.child.kill("SIGSTOP");
    const status = await fig(cwd, "status", "--json", ...admin);
    expect([status.code, JSON.parse(status.out).routes.length]).toEqual([0, 2]);
    const state = `sqlite:${join(cwd, ".fig/state.db")}`;
    expect(status.err).toBe(
      `note: waiting for the front door at ${door.ready.adminUrl} to answer, at most 5 s\n` +
        `note: the front door at ${door.ready.adminUrl} took the connection, but gave no answer within 5 s; using ${state}\n`,
    );
    // Without the files there is only the front door to ask.
    const elsewhere = await fig(await folder(), "status", ...admin);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.err).toContain("fig: admin_silent: the front door at");
    door.child.kill("SIGCONT");
    const again = await fig(cwd, "status", "--json", ...admin);
    expect([again.code, again.err]).toEqual([0, ""]);
  });

  test("a migration, a shift and a rollback through the running front door, seen by status, diff and explain", {
    timeout: 90_000,
  }, async () => {
    const cwd = await shopFiles();
    const door = await serve(cwd);
    expect(door.ready).toMatchObject({ ready: true, pid: door.child.pid, revision: 0 });
    expect(door.ready.urls).toEqual([door.ready.url]);
    expect(door.out()).toBe(`${JSON.stringify(door.ready)}\n`);
    const admin = ["--admin", door.ready.adminUrl] as const;

    const up = await fig(cwd, "migrate", "up", "--by", "anna", "--reason", "look", ...admin);
    expect([up.code, up.err]).toEqual([0, ""]);
    expect(up.out).toContain(`revision 1 written (front door at ${door.ready.adminUrl})`);

    const ask = () => fetch(`${door.ready.url}/api/orders/1`, { headers: { "x-user": "u1" } });
    expect(await (await ask()).json()).toEqual({ total: 1 });
    await until(
      async () => (await (await fetch(`${door.ready.adminUrl}/api/v1/mismatches`)).json()) as unknown[],
      (found) => found.length > 0,
    );
    const rows = JSON.parse((await fig(cwd, "diff", "orders.read", "--json", ...admin)).out);
    expect(rows).toMatchObject([
      { route: "orders.read", path: "$.total", kind: "value", count: 1, comparisons: 1 },
    ]);

    const refused = await fig(cwd, "migrate", "up", ...admin);
    expect(refused.code).toBe(3);
    expect(refused.err).toMatch(/^fig: gate_refused: /);
    expect(refused.err).toContain("minComparisons is 1, must be at least 1000");
    const plan = JSON.parse((await fig(cwd, "migrate", "plan", "--json", ...admin)).out);
    expect(plan).toMatchObject({ allowed: false, next: { number: 2, name: "gated" } });

    const shift = await fig(
      cwd,
      "shift",
      "orders.read",
      "--modern",
      "100",
      "--reason",
      "all",
      "--json",
      ...admin,
    );
    expect(shift.code).toBe(0);
    expect(JSON.parse(shift.out)).toMatchObject({ written: true, entries: [{ revision: 2, kind: "shift" }] });
    expect(await (await ask()).json()).toEqual({ total: 2 });
    const again = await fig(cwd, "shift", "orders.read", "--modern", "100", "--reason", "all", ...admin);
    expect([again.code, again.out]).toEqual([
      0,
      `nothing was written (front door at ${door.ready.adminUrl})\n`,
    ]);

    const late = ["shift", "orders.read", "--modern", "5", "--reason", "late", "--expect-revision", "1"];
    const conflict = await fig(cwd, ...late, ...admin);
    expect(conflict.code).toBe(3);
    expect(conflict.err).toMatch(/^fig: conflict: /);

    const explained = await fig(
      cwd,
      "explain",
      "GET",
      "/api/orders/1",
      "-H",
      "x-user: u1",
      "--json",
      ...admin,
    );
    expect(JSON.parse(explained.out)).toMatchObject({
      route: "orders.read",
      side: "modern",
      upstream: "orders",
    });

    const status = JSON.parse((await fig(cwd, "status", "--json", ...admin)).out);
    expect(status).toMatchObject({
      stateId: door.ready.stateId,
      revision: 2,
      migrations: { applied: 1, pending: 1 },
      routes: [
        { id: "orders.read", phase: "cutover", modern: { requests: 1 }, drifted: true },
        { id: "(default)" },
      ],
    });

    const back = await fig(cwd, "rollback", "orders.read", "--reason", "back", ...admin);
    expect([back.code, back.err]).toEqual([0, ""]);
    expect(await (await ask()).json()).toEqual({ total: 1 });
    const history = JSON.parse((await fig(cwd, "history", "orders.read", "--json", ...admin)).out);
    expect(history.map((each: { kind: string; by: string }) => each.kind)).toEqual([
      "migration",
      "shift",
      "rollback",
    ]);
    expect(history[0].by).toBe("anna");
    const steps = JSON.parse((await fig(cwd, "migrate", "status", "--json", ...admin)).out);
    expect(steps.map(({ state }: { state: string }) => state)).toEqual(["applied", "pending"]);

    door.child.kill("SIGTERM");
    expect(await door.exit).toBe(0);
  });

  test("files that broke under a running front door hold up neither rollback nor down, with it and without it", async () => {
    const cwd = await shopFiles();
    const door = await serve(cwd);
    const edit = (name: string, change: (text: string) => string) =>
      writeFileSync(join(cwd, name), change(readFileSync(join(cwd, name), "utf8")));
    const admin = new URL(door.ready.adminUrl).host;
    edit("fig.yaml", (text) => text.replace("admin: 127.0.0.1:0", `admin: ${admin}`));
    expect((await fig(cwd, "migrate", "up")).out).toContain(`front door at ${door.ready.adminUrl}`);
    expect((await fig(cwd, "shift", "orders.read", "--modern", "100", "--reason", "all")).code).toBe(0);
    edit("routes/orders.yaml", (text) => text.replace("modern: orders", "modern: nobody"));
    edit("migrations/0002-gated.yaml", () => "chonges: {}\n");
    edit("fig.yaml", (text) => `${text}nonsense: 1\n`);
    const readyz = async () => (await fetch(`${door.ready.adminUrl}/readyz`)).text();
    await until(readyz, (text) => text.includes("nonsense"));

    expect((await fig(cwd, "shift", "orders.read", "--modern", "50", "--reason", "x")).code).toBe(2);
    const back = await fig(cwd, "rollback", "orders.read", "--reason", "back");
    // The other address of admin, which passed, is a revision of the files.
    expect([back.code, back.out]).toEqual([
      0,
      expect.stringMatching(/revision [34] written \(front door at/),
    ]);
    expect(await (await fetch(`${door.ready.url}/api/orders/1`)).json()).toEqual({ total: 1 });
    door.child.kill("SIGTERM");
    expect(await door.exit).toBe(0);
    const down = await fig(cwd, "migrate", "down");
    expect([down.code, down.out]).toEqual([
      0,
      expect.stringMatching(/revision [45] written \(state sqlite:/),
    ]);
  });

  test("a retired route leaves the files for good: check, serve and status miss nothing", async () => {
    const cwd = await shopFiles();
    expect((await fig(cwd, "migrate", "up")).code).toBe(0);
    expect((await fig(cwd, "migrate", "up", "--force")).code).toBe(0);
    expect((await fig(cwd, "shift", "orders.read", "--modern", "100", "--reason", "all")).code).toBe(0);
    const file = join(cwd, "routes/orders.yaml");
    const route = readFileSync(file, "utf8");
    const leave = () => {
      for (const name of [
        file,
        join(cwd, "migrations/0001-shadow.yaml"),
        join(cwd, "migrations/0002-gated.yaml"),
      ])
        rmSync(name);
    };
    writeFileSync(file, `${route}    retired: true\n`);
    const door = await serve(cwd);
    expect((await fig(cwd, "migrate", "squash", "--to", "2")).out).toContain("steps up to 0002 are archived");
    leave();
    const check = await fig(cwd, "check");
    expect([check.code, check.err]).toEqual([0, ""]);
    door.child.kill("SIGTERM");
    expect(await door.exit).toBe(0);
    const again = await serve(cwd);
    const status = JSON.parse((await fig(cwd, "status", "--json", "--admin", again.ready.adminUrl)).out);
    expect(status).toMatchObject({ problems: [], routes: [{ id: "(default)" }] });
    writeFileSync(file, route);
    expect((await fig(cwd, "check")).code).toBe(0);
  });

  test("without a front door the same commands act on the state; a front door that runs takes over what they wrote", async () => {
    const cwd = await shopFiles();
    const empty = await fig(cwd, "status", "--json");
    expect(empty.code).toBe(0);
    expect(empty.err).toMatch(/^note: nothing has been recorded yet: /);
    expect(existsSync(join(cwd, ".fig"))).toBe(false);
    expect((await fig(cwd, "shift", "orders.read", "--modern", "100", "--reason", "all")).code).toBe(0);
    const door = await serve(cwd);
    expect(door.ready.revision).toBe(1);
    expect(await (await fetch(`${door.ready.url}/api/orders/1`)).json()).toEqual({ total: 2 });
    // The door's admin port is its own secret here: this goes straight to the state, and the door follows.
    const back = await fig(cwd, "rollback", "orders.read", "--reason", "back");
    expect(back.out).toContain(`revision 2 written (state sqlite:${cwd}/.fig/state.db)`);
    const served = async () =>
      (await fetch(`${door.ready.url}/api/orders/1`)).json() as Promise<{ total: number }>;
    expect(await until(served, ({ total }) => total === 1)).toEqual({ total: 1 });
    const undone = await fig(cwd, "rollback", "orders.read", "--reason", "again");
    expect(undone.code).toBe(3);
    expect(undone.err).toMatch(/^fig: nothing_to_undo: /);
  });

  test("an admin of another state is left alone, and that is said", async () => {
    const mine = await shopFiles();
    expect((await fig(mine, "shift", "orders.read", "--shadow", "5", "--reason", "mine")).code).toBe(0);
    const other = await serve(await shopFiles());
    const run = await fig(
      mine,
      "shift",
      "orders.read",
      "--modern",
      "7",
      "--reason",
      "x",
      "--admin",
      other.ready.adminUrl,
    );
    expect(run.code).toBe(0);
    expect(run.err).toContain(`answers for another state (${other.ready.stateId})`);
    expect(run.out).toContain(`revision 2 written (state sqlite:${mine}/.fig/state.db)`);
    const { revision } = (await (await fetch(`${other.ready.adminUrl}/api/v1/status`)).json()) as {
      revision: number;
    };
    expect(revision).toBe(0);
  });

  test("a second signal ends a drain that waits", async () => {
    const cwd = await shopFiles();
    const text = readFileSync(join(cwd, "fig.yaml"), "utf8");
    const slow = await folder({
      "fig.yaml": `${text.replace("sqlite:.fig/state.db", '"memory:"')}drain: { delay: 1h }\n`,
      "routes/orders.yaml": readFileSync(join(cwd, "routes/orders.yaml"), "utf8"),
    });
    const door = await serve(slow);
    door.child.kill("SIGTERM");
    await until(
      async () => door.err(),
      (text) => text.includes("draining; a second signal stops at once"),
    );
    door.child.kill("SIGINT");
    expect(await door.exit).toBe(130);
  });

  test("files that do not pass, and an address that is taken, say so and listen nowhere", async () => {
    const broken = await fig(await shopFiles({ "routes/orders.yaml": "routes:\n  - ids: a\n" }), "serve");
    expect([broken.code, broken.out]).toEqual([2, ""]);
    expect(broken.err).toMatch(/routes\/orders\.yaml:2:\d+: .* — /);
    const cwd = await shopFiles();
    const door = await serve(cwd);
    const text = readFileSync(join(cwd, "fig.yaml"), "utf8");
    const taken = new URL(door.ready.url).host;
    const second = await shopFiles({ "fig.yaml": text.replace("listen: 127.0.0.1:0", `listen: ${taken}`) });
    const run = await fig(second, "serve");
    expect([run.code, run.out]).toEqual([1, ""]);
    expect(run.err).toMatch(/^fig: address_in_use: /m);
  });
});

describe("fig demo", () => {
  const busy = { timeout: 120_000 };
  test("shows a split and shadowed shop through the real front door, and leaves nothing", busy, async () => {
    const demo = async (seconds: number) => {
      const argv = ["demo", "--for", `${seconds}s`, "--rate", "300", "--json"];
      const { code, out, err } = await fig(await folder(), ...argv);
      expect([code, err]).toEqual([0, ""]);
      return JSON.parse(out);
    };
    let summary = await demo(4);
    // The rarest difference is in one of 150 requests, and on a busy machine the demo sends fewer.
    for (let seconds = 8; summary.requests < 1000 && seconds < 100; seconds *= 2)
      summary = await demo(seconds);
    expect(summary.failed).toBe(0);
    const routes = Object.fromEntries(summary.routes.map((route: { id: string }) => [route.id, route]));
    expect(Object.entries(routes).map(([id, { phase }]) => [id, phase])).toEqual([
      ["products.list", "shadowing"],
      ["products.read", "cutover"],
      ["products.search", "shadowing"],
      ["customers.read", "shadowing"],
      ["orders.read", "splitting"],
      ["orders.list", "splitting"],
      ["orders.create", "legacy"],
      ["(default)", "legacy"],
    ]);
    expect(routes["orders.read"].legacy.requests).toBeGreaterThan(0);
    expect(routes["orders.read"].modern.requests).toBeGreaterThan(0);
    expect(routes["products.list"].comparisons.mismatch).toBeGreaterThan(0);
    expect(routes["products.read"].comparisons).toMatchObject({ mismatch: 0 });
    expect(routes["orders.list"].comparisons).toMatchObject({ mismatch: 0 });
    expect(routes["customers.read"].comparisons).toMatchObject({ match: expect.any(Number), mismatch: 0 });
    expect(routes["customers.read"].comparisons.match).toBeGreaterThan(0);
    const found = summary.differences.map(({ route, path, kind }: Record<string, string>) =>
      [route, path, kind].join(" "),
    );
    for (const difference of [
      "products.list $.products[*].inStock missing", // renamed: `stock` is told below it
      "products.list header.vary missing",
      "products.search $.hits order",
      "orders.read $.total value",
    ])
      expect(found).toContain(difference);
    await expect(fetch(summary.url)).rejects.toThrow();
  });

  test("Ctrl-C ends it with a summary, exit 0 and its folder gone", async () => {
    const run = start(await folder(), ["demo"]);
    await until(
      async () => run.out(),
      (text) => text.includes("fig rollback"),
    );
    const file = /-c (\S+)/.exec(run.out())?.[1] as string;
    expect(existsSync(file)).toBe(true);
    run.child.kill("SIGINT");
    expect(await run.exit).toBe(0);
    expect(run.out()).toMatch(/The demo is over; its state is gone\.\n$/);
    expect(existsSync(file)).toBe(false);
  });
});
