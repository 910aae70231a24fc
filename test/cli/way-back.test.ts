import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { RETIRED_HASH } from "../../src/domain/route-hash.ts";
import type { Store } from "../../src/store/contract.ts";
import { HandClock, onStore, openMemory } from "../control/harness.ts";
import { fakeAdmin } from "./fake-admin.ts";
import { fakeDeps, SHOP_FILES, shop } from "./support.ts";

const STEP = "changes:\n  orders.read: { modern: 10 }\n";
const MORE = `routes:
  - id: cart
    match: { path: /cart }
    modern: orders
`;

/** `fig` with its real use cases on a store that outlives the command. */
async function aShop(files: Readonly<Record<string, string>> = {}) {
  const clock = new HandClock();
  const kept: Store = { ...bound(await openMemory(clock)), close: () => Promise.resolve() };
  const cwd = await shop({ "routes/more.yaml": MORE, "migrations/0001-ten.yaml": STEP, ...files });
  const fig = async (...argv: readonly string[]) => {
    const deps = fakeDeps({ cwd, env: {} });
    const code = await runCli(argv, {
      ...deps,
      openStore: () => Promise.resolve(kept),
      createControl: (store, config) => onStore(store, clock, config),
    });
    return { code, out: deps.stdout.text(), err: deps.stderr.text() };
  };
  const write = async (name: string, text: string) => {
    const { writeFile } = await import("node:fs/promises");
    await writeFile(`${cwd}/${name}`, text);
  };
  return { fig, write, store: kept, cwd };
}

function bound(store: Store): Store {
  return new Proxy(store, {
    get: (from, name) => Reflect.get(from, name).bind?.(from) ?? Reflect.get(from, name),
  });
}

/** Each breaks something else, and `fig check` refuses it. */
const BROKEN: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "a route that is not one": ["routes/orders.yaml", "routes: 7\n"],
  "YAML that is none": ["routes/orders.yaml", "routes: [\n"],
  "another route": [
    "routes/other.yaml",
    "routes:\n  - id: x\n    match: { path: nowhere }\n    modern: orders\n",
  ],
  "a step": ["migrations/0001-ten.yaml", "chonges: {}\n"],
  "a step's name": ["migrations/one.yaml", STEP],
  "a key of fig.yaml": ["fig.yaml", `${SHOP_FILES["fig.yaml"]}nonsense: 1\n`],
  "fig.yaml's YAML": ["fig.yaml", `${SHOP_FILES["fig.yaml"]}limits: { url: [\n`],
  "a variable that is not set": ["fig.yaml", `${SHOP_FILES["fig.yaml"]}adminToken: \${NOT_SET_HERE}\n`],
};

describe.each(Object.entries(BROKEN))("with %s broken, the way back is open", (_, [file, text]) => {
  test("for rollback and for steps down, and for nothing else", async () => {
    const { fig, write, store } = await aShop();
    expect((await fig("migrate", "up")).code).toBe(0);
    expect((await fig("shift", "cart", "--modern", "20", "--reason", "x")).code).toBe(0);
    const [before] = await store.read(0);
    await write(file, text);
    expect((await fig("check")).code).toBe(2);
    expect((await fig("shift", "cart", "--modern", "30", "--reason", "x")).code).toBe(2);

    const one = await fig("rollback", "cart", "--reason", "it breaks");
    expect(one.err).toMatch(
      /^note: the files here do not pass \(see `fig check`\); this does not need them\n$/,
    );
    expect([one.code, one.out]).toEqual([0, expect.stringContaining("revision 3 written")]);
    const to = await fig("migrate", "to", "0", "--dry-run");
    expect([to.code, to.out]).toEqual([0, expect.stringMatching(/orders\.read +10 → 0 %/)]);
    expect((await fig("migrate", "up")).code).toBe(2);
    const down = await fig("migrate", "down");
    expect([down.code, down.out]).toEqual([0, expect.stringContaining("revision 4 written")]);
    expect((await fig("rollback", "--all", "--to", "2", "--reason", "x", "--dry-run")).code).not.toBe(2);

    const entries = await store.read(0);
    expect(entries.slice(2)).toMatchObject([
      { kind: "rollback", changes: [{ route: "cart", to: { modern: 0 }, undone: [2] }] },
      { kind: "revert", changes: [{ route: "orders.read", to: { modern: 0 }, undone: [1] }] },
    ]);
    // As if the files passed: no front door then sees another definition than its own.
    expect(entries[3]?.changes[0]?.hash).toBe(before?.changes[0]?.hash);
  });
});

describe("With files that do not pass", () => {
  test("the front door at their `admin` is asked, as it has them", async () => {
    const { fig, write, store } = await aShop();
    const result = {
      written: true,
      dryRun: false,
      entries: [],
      changes: [],
      effects: [],
      gates: [],
      warnings: [],
      unsafeServed: {},
    };
    const door = await fakeAdmin(() => ({
      status: 200,
      stateId: store.stateId,
      body: { ...result, stateId: store.stateId, revision: 7 },
    }));
    const text = SHOP_FILES["fig.yaml"].replace("admin: 127.0.0.1:0", `admin: 127.0.0.1:${door.port}`);
    await write("fig.yaml", `${text}nonsense: 1\n`);
    const { code, out } = await fig("rollback", "cart", "--reason", "it breaks");
    expect([code, out]).toEqual([0, expect.stringContaining(`front door at ${door.origin}`)]);
    expect(door.calls.map(({ path }) => path)).toContain("/api/v1/routes/cart/rollback");
    expect(await store.read(0)).toEqual([]);
  });

  test("the ledger can be read, so that a rollback knows where to go; the status needs the files", async () => {
    const { fig, write } = await aShop();
    await fig("migrate", "up");
    await fig("shift", "cart", "--modern", "50", "--reason", "half of the carts");
    await write("routes/more.yaml", "routes: 7\n");
    const lost = await fig("rollback", "cart", "--to", "99", "--reason", "x");
    expect(lost.err).toContain("remedy: fig history lists the revisions");
    const history = await fig("history", "cart");
    expect([history.code, history.out]).toEqual([0, expect.stringContaining("half of the carts")]);
    expect(history.err).toBe(
      "note: the files here do not pass (see `fig check`): this is what the ledger says, without them\n",
    );
    const steps = await fig("migrate", "status");
    expect([steps.code, steps.out]).toEqual([0, expect.stringMatching(/^0001 +ten +applied +1 /m)]);
    for (const command of [["status"], ["diff"], ["migrate", "plan"]]) {
      const { code, err } = await fig(...command);
      expect([code, err]).toEqual([2, expect.stringMatching(/^fig: invalid_files: /)]);
    }
  });

  test("the front door at their `admin` is asked what is in force, and says it", async () => {
    const { fig, write, store } = await aShop();
    const door = await fakeAdmin(() => ({ status: 200, stateId: store.stateId, body: [] }));
    const text = SHOP_FILES["fig.yaml"].replace("admin: 127.0.0.1:0", `admin: 127.0.0.1:${door.port}`);
    await write("fig.yaml", `${text}nonsense: 1\n`);
    for (const command of [["migrate", "status"], ["diff"]]) {
      const { code, err } = await fig(...command, "--json");
      expect([code, err]).toEqual([
        0,
        "note: the files here do not pass (see `fig check`): the front door goes by those that it has in force\n",
      ]);
    }
    expect(await fig("shift", "cart", "--modern", "30", "--reason", "x")).toMatchObject({ code: 2 });
    const other = await fakeAdmin(() => ({ status: 200, stateId: "f".repeat(32), body: [] }));
    await write("fig.yaml", `${text.replace(String(door.port), String(other.port))}nonsense: 1\n`);
    expect(await fig("diff")).toMatchObject({ code: 2, err: expect.stringContaining("invalid_files") });
  });

  test("a route whose file cannot be read goes down, not up, and a retired one goes nowhere", async () => {
    const { fig, write, store } = await aShop();
    for (const modern of ["50", "20"]) await fig("shift", "cart", "--modern", modern, "--reason", "x");
    await fig("shift", "orders.read", "--modern", "100", "--reason", "x");
    await store.noteDefinitions([{ route: "orders.read", hash: `${RETIRED_HASH}0` }]);
    await write("routes/more.yaml", "routes: 7\n");
    await write("routes/orders.yaml", "routes: 7\n");
    const up = await fig("rollback", "cart", "--to", "1", "--reason", "x");
    expect([up.code, up.err]).toEqual([
      3,
      expect.stringContaining("the file of cart does not pass, so its modern can go down"),
    ]);
    expect((await fig("rollback", "orders.read", "--reason", "x")).err).toContain("is retired");
    const all = await fig("rollback", "--all", "--to", "0", "--reason", "x");
    expect([all.code, all.out]).toEqual([0, expect.stringMatching(/cart +20 → 0 %/)]);
    expect((await store.read(3))[0]?.changes.map(({ route }) => route)).toEqual(["cart"]);
    expect((await store.read(3))[0]?.evidence.split).toEqual({});
  });

  test("nothing is done where the state cannot be told", async () => {
    const { fig, write, store } = await aShop();
    await fig("shift", "cart", "--modern", "50", "--reason", "x");
    for (const text of [
      "state: nowhere\n",
      "{ state: sqlite:state.db, \n",
      "state: sqlite:another.db\nx: 1\n",
    ]) {
      await write("fig.yaml", text);
      const { code, err } = await fig("rollback", "cart", "--reason", "x");
      expect([code, err]).toEqual([2, expect.stringContaining("fig: invalid_files: ")]);
    }
    expect(await store.read(0)).toHaveLength(1);
  });
});
