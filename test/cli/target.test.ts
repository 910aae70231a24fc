import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CliDeps } from "../../src/cli/contract.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { FigError } from "../../src/domain/errors.ts";
import { closedPort, type FakeAdmin, fakeAdmin } from "./fake-admin.ts";
import { fakeDeps, folder, routeStatus, run, SHOP_FILES, shop, statusOf } from "./support.ts";

const FROM_DOOR = statusOf([routeStatus({ id: "from.door" })]);
const FROM_STORE = statusOf([routeStatus({ id: "from.store" })]);
const control = { status: () => Promise.resolve(FROM_STORE) };

function door(stateId: string): Promise<FakeAdmin> {
  return fakeAdmin(({ authorization }) => {
    if (authorization === "Bearer wrong")
      return { status: 401, body: { error: { code: "unauthorized", message: "" } } };
    return { status: 200, stateId, body: { ...FROM_DOOR, stateId } };
  });
}

/** A shop whose fig.yaml has this admin port. */
function shopAt(port: number, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const text = SHOP_FILES["fig.yaml"].replace("admin: 127.0.0.1:0", `admin: 127.0.0.1:${port}`);
  return shop({ "fig.yaml": text, ...more });
}

function routeOf(out: string): string {
  return JSON.parse(out).routes[0].id;
}

describe("What a command acts on", () => {
  test("the running front door that answers for the same state, in silence", async () => {
    const { port, calls } = await door("own-state");
    const { code, out, err } = await run(["status", "--json"], { cwd: await shopAt(port), control });
    expect([code, routeOf(out), err]).toEqual([0, "from.door", ""]);
    expect(calls.map(({ path }) => path)).toEqual(["/api/v1/session", "/api/v1/status"]);
  });

  test("the state itself, in silence, when nothing listens at `admin`", async () => {
    const cwd = await shopAt(await closedPort());
    const { code, out, err, deps } = await run(["status", "--json"], { cwd, control });
    expect([code, routeOf(out), err]).toEqual([0, "from.store", ""]);
    expect(deps.opened).toEqual([`sqlite:${join(cwd, "state.db")}`]);
  });

  test("the environment comes first where what was acted on is said", async () => {
    const port = await closedPort();
    const text = SHOP_FILES["fig.yaml"].replace(
      "admin: 127.0.0.1:0",
      `name: production\nadmin: 127.0.0.1:${port}`,
    );
    const cwd = await shop({ "fig.yaml": text });
    const { out } = await run(["status"], { cwd, control });
    expect(out.split("\n")[0]).toBe(`production: state sqlite:${join(cwd, "state.db")}`);
  });

  test("the state itself, said on stderr, when the front door answers for another state", async () => {
    const { port, origin } = await door("other-state");
    const cwd = await shopAt(port);
    const { code, out, err } = await run(["status", "--json"], { cwd, control });
    const state = `sqlite:${join(cwd, "state.db")}`;
    expect([code, routeOf(out)]).toEqual([0, "from.store"]);
    expect(err).toBe(
      `note: the front door at ${origin} answers for another state (other-state) than ${state}, which is own-state; using ${state}\n`,
    );
  });

  test("--admin comes before the file's `admin`, with FIG_ADMIN_TOKEN", async () => {
    const { origin, calls } = await door("own-state");
    const cwd = await shopAt(await closedPort());
    const env = { FIG_ADMIN_TOKEN: "t0ken" };
    const { out, err } = await run(["status", "--json", "--admin", origin], { cwd, control, env });
    expect([routeOf(out), err]).toEqual(["from.door", ""]);
    expect(calls.map((call) => call.authorization)).toEqual(["Bearer t0ken", "Bearer t0ken"]);
  });

  test("--admin where nothing answers falls to the state, said on stderr", async () => {
    const cwd = await shop();
    const origin = `http://127.0.0.1:${await closedPort()}`;
    const { code, out, err } = await run(["status", "--json", "--admin", origin], { cwd, control });
    expect([code, routeOf(out)]).toEqual([0, "from.store"]);
    expect(err).toBe(
      `note: no front door answers at ${origin}: ECONNREFUSED; using sqlite:${join(cwd, "state.db")}\n`,
    );
  });

  test("something else at `admin` is said and passed over", async () => {
    const { port, origin } = await fakeAdmin(() => ({ status: 200, body: null, text: "<html>" }));
    const { out, err } = await run(["status", "--json"], { cwd: await shopAt(port), control });
    expect(routeOf(out)).toBe("from.store");
    expect(err).toMatch(
      `note: what answers at ${origin} is not an admin API of fig: it answered 200 without JSON; using`,
    );
  });

  test("a token that is not accepted is an error, not a way around the front door", async () => {
    const { port } = await door("own-state");
    const env = { FIG_ADMIN_TOKEN: "wrong" };
    const { code, err, deps } = await run(["status"], { cwd: await shopAt(port), control, env });
    expect(code).toBe(1);
    expect(err).toMatch(/^fig: admin_token: .* does not accept this token \(401\)\n/);
    expect(deps.opened).toEqual([]);
  });

  test("--admin alone, where there is no fig.yaml", async () => {
    const { origin } = await door("any");
    const { code, out, err } = await run(["status", "--json", "--admin", origin], {
      cwd: await folder(),
      control,
    });
    expect([code, routeOf(out), err]).toEqual([0, "from.door", ""]);
    const away = `http://127.0.0.1:${await closedPort()}`;
    const none = await run(["status", "--admin", away], { cwd: await folder(), control });
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/^fig: admin_unreachable: no front door answers at /);
  });

  test("--admin alone, where the files do not pass: a way back must not wait for a typo", async () => {
    const { origin } = await door("any");
    const cwd = await shop({ "routes/broken.yaml": "routes: 7\n" });
    const { code, out, err } = await run(["status", "--json", "--admin", origin], { cwd, control });
    expect([code, routeOf(out)]).toEqual([0, "from.door"]);
    expect(err).toMatch(/^note: the files here do not pass \(see `fig check`\)/);
  });

  test("files that do not pass, and no --admin: every problem, exit 2", async () => {
    const cwd = await shop({ "routes/broken.yaml": "routes: 7\n" });
    const { code, err } = await run(["status"], { cwd, control });
    expect(code).toBe(2);
    expect(err).toMatch(/^fig: invalid_files: /);
    expect(err).toMatch(/routes\/broken\.yaml:1:9: .* — /);
  });
});

describe("A state that is not there yet", () => {
  const files = {
    "fig.yaml": SHOP_FILES["fig.yaml"],
    "routes/orders.yaml": SHOP_FILES["routes/orders.yaml"],
  };

  test("reads as empty and is not made", async () => {
    const cwd = await folder(files);
    const { code, out, err, deps } = await run(["status", "--json"], { cwd, control });
    expect([code, routeOf(out)]).toEqual([0, "from.store"]);
    expect(err).toBe(`note: nothing has been recorded yet: there is no sqlite:${join(cwd, "state.db")}\n`);
    expect(deps.opened).toEqual(["memory:"]);
    expect(existsSync(join(cwd, "state.db"))).toBe(false);
  });

  test("nor is one made on a server, by reading or by fig check", async () => {
    const server = "state: redis://127.0.0.1:6379/0";
    const cwd = await folder({ ...files, "fig.yaml": files["fig.yaml"].replace(/^state:.*/m, server) });
    const deps = fakeDeps({ cwd, control });
    const { openStore } = deps;
    const holdsNone: CliDeps["openStore"] = async (url, access) => {
      if (access === "read" && url.startsWith("redis:")) throw new FigError("no_state", "holds no state");
      return openStore(url, access);
    };
    expect(await runCli(["status", "--json"], { ...deps, openStore: holdsNone })).toBe(0);
    expect(routeOf(deps.stdout.text())).toBe("from.store");
    expect(deps.stderr.text()).toBe(
      "note: nothing has been recorded yet: there is no redis://127.0.0.1:6379/0\n",
    );
    expect(await runCli(["check", "--json"], { ...deps, openStore: holdsNone })).toBe(0);
    expect(deps.stdout.text()).toContain('"warnings": []');
    expect(deps.opened).toEqual(["memory:"]);
  });

  test("is made by the first shift", async () => {
    const cwd = await folder(files);
    const shift = () => Promise.reject(new Error("seen"));
    const argv = ["shift", "orders.read", "--modern", "1", "--reason", "x"];
    const { err, deps } = await run(argv, { cwd, control: { ...control, shift } });
    expect(err).toContain("seen");
    expect(deps.opened).toEqual([`sqlite:${join(cwd, "state.db")}`]);
  });

  test("leaves a front door at `admin` alone, but takes one that --admin names", async () => {
    const { port, origin } = await door("elsewhere");
    const text = SHOP_FILES["fig.yaml"].replace("admin: 127.0.0.1:0", `admin: 127.0.0.1:${port}`);
    const cwd = await folder({ ...files, "fig.yaml": text });
    const found = await run(["status", "--json"], { cwd, control });
    expect(routeOf(found.out)).toBe("from.store");
    expect(found.err).toContain(
      `another state (elsewhere) than sqlite:${join(cwd, "state.db")}, which does not exist yet`,
    );
    const named = await run(["status", "--json", "--admin", origin], { cwd, control });
    expect([routeOf(named.out), named.err]).toEqual(["from.door", ""]);
  });

  test("that is gone is not a new one where the state of the front door at `admin` is away", async () => {
    const { port, origin } = await fakeAdmin(() => ({
      ...{ status: 200, stateId: "own-state", awaySince: "2026-11-22T10:00:00.123Z" },
      body: { ...FROM_DOOR, stateId: "own-state" },
    }));
    const text = SHOP_FILES["fig.yaml"].replace("admin: 127.0.0.1:0", `admin: 127.0.0.1:${port}`);
    const cwd = await folder({ ...files, "fig.yaml": text });
    const { out, err, deps } = await run(["status", "--json"], { cwd, control });
    expect([routeOf(out), deps.opened]).toEqual(["from.door", []]);
    expect(err).toBe(
      `note: sqlite:${join(cwd, "state.db")} is gone, and the state of the front door at ${origin} is away since 2026-11-22 10:00:00Z: trusting the front door\n`,
    );
  });

  test("in the memory of a front door that does not answer cannot be shifted", async () => {
    const text = SHOP_FILES["fig.yaml"].replace("sqlite:state.db", `"memory:"`);
    const cwd = await folder({ ...files, "fig.yaml": text });
    const { code, err } = await run(["shift", "orders.read", "--modern", "1", "--reason", "x"], {
      cwd,
      control,
    });
    expect(code).toBe(1);
    expect(err).toMatch(
      /^fig: no_front_door: the state is in a front door's memory, and no front door answers\nremedy: /,
    );
  });
});
