import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WholeSeal } from "../../../src/control/wholes/contract.ts";
import { placeOf, storedWhole, titleOf } from "../../../src/control/wholes/head.ts";
import { WholeKeeper } from "../../../src/control/wholes/keeper.ts";
import type { FrontDoorConfig } from "../../../src/domain/config.ts";
import { FigError } from "../../../src/domain/errors.ts";
import type { WholeSample } from "../../../src/domain/whole/sample.ts";
import { wholeSeal } from "../../../src/front-door/whole-seal.ts";
import type { Log } from "../../../src/observe/contract.ts";
import type { Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { hex } from "../../store/folder.ts";

const NOW = 1_000_000;
const [OLD, NEW] = ["o".repeat(32), "n".repeat(32)];
const WHOLES = { perRoute: 4, perDifference: 3, maxBodyBytes: 65_536, keptMs: 60_000 };

function sample(id: string, at: number, client: number, path = "$.a", revision = 1): WholeSample {
  const title = { requestId: id, method: "GET", target: `/${id}`, serving: "legacy" as const, statuses: {} };
  return {
    ...{ id, at, client, differences: [{ path, kind: "value" }], title },
    window: { route: "orders", revision, epoch: 1 },
    until: NOW + 60_000,
    content: JSON.stringify({ said: `content of ${id}` }),
  };
}

type Keys = FrontDoorConfig["samples"]["keys"];
const configOf = (keys: Keys = [], totalBytes = 1 << 20): FrontDoorConfig =>
  ({
    samples: { keys, totalBytes },
    routes: [{ id: "orders", compare: { wholes: WHOLES } }],
  }) as unknown as FrontDoorConfig;
const sealOf = (keys: Keys) => wholeSeal(() => configOf(keys), hex);

describe("what is kept whole", () => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore("memory:", { now: () => NOW, hex });
  });
  afterEach(() => store.close());

  const silent = { warn: () => undefined } as unknown as Log;
  const keeper = (seal: WholeSeal = sealOf([]), config = configOf(), to = store) =>
    new WholeKeeper({ store: to, seal, config: () => config, log: silent });
  const ids = async () => (await store.wholeSizes()).map(({ id }) => id);

  test("of all workers and front doors together the state has what one process would keep", async () => {
    const doors = [keeper(), keeper()];
    for (let i = 0; i < 12; i++) {
      const door = doors[i % 2] as WholeKeeper;
      door.hear([sample(`s${String(i).padStart(2, "0")}`, NOW + i * 1_000, i < 10 ? 7 : i)]);
      await door.flush();
    }
    const heads = await store.listWholes("orders");
    expect(heads).toHaveLength(3);
    expect(new Set(heads.map(placeOf).map(({ client }) => client))).toEqual(new Set([7, 10, 11]));
  });

  test("those of a newer window go before older ones", async () => {
    const one = keeper();
    one.hear([sample("a", NOW, 1, "$.a"), sample("b", NOW, 2, "$.b")]);
    await one.flush();
    one.hear([1, 2, 3].map((i) => sample(`n${i}`, NOW + i, i, `$.n${i}`, 2)));
    await one.close();
    expect(await ids()).toEqual(["b", "n1", "n2", "n3"]);
  });

  test("while its key cannot be read nothing that is kept makes room; once it can, it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fig-seal-"));
    const file = join(folder, "key");
    try {
      const first = keeper(sealOf([OLD]));
      first.hear([1, 2, 3, 4].map((i) => sample(`${i}`, NOW + i, i)));
      await first.flush();
      const config = configOf([{ file }]);
      const late = keeper(
        wholeSeal(() => config, hex),
        config,
      );
      late.hear([sample("5", NOW + 30_000, 5)]);
      await late.flush();
      expect(await ids()).toEqual(["1", "3", "4"]);
      expect(late.counts.unsealed).toBe(1);
      writeFileSync(file, NEW);
      late.hear([sample("6", NOW + 40_000, 6)]);
      await late.flush();
      expect(await ids()).toContain("6");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("at the state's bound the oldest goes, and is counted; a route that asks no more gets none", async () => {
    const bytes = (storedWhole(sample("a", NOW, 1), sealOf([])) as { bytes: number }).bytes;
    const one = keeper(sealOf([]), configOf([], bytes * 2 + 10));
    one.hear([1, 2, 3].map((i) => sample(`${i}`, NOW + i, i)));
    await one.flush();
    expect(await ids()).toEqual(["2", "3"]);
    expect(one.counts).toEqual({ unwritten: 0, unsealed: 0, evicted: 1 });
    const off = { ...configOf(), routes: [] };
    const other = keeper(sealOf([]), off);
    other.hear([sample("x", NOW, 9)]);
    await other.flush();
    expect(await ids()).toEqual(["2", "3"]);
  });

  test("while the state is away they wait, at most so many bytes of them", async () => {
    let away = true;
    const failing = new Proxy(store, {
      get: (target, name) =>
        away ? () => Promise.reject(new FigError("store_unavailable", "away")) : Reflect.get(target, name),
    });
    const one = keeper(sealOf([]), configOf(), failing);
    one.hear([sample("a", NOW, 1)]);
    await one.flush();
    one.hear([{ ...sample("large", NOW, 2), content: "x".repeat(4 << 20) }]);
    expect(one.counts.unwritten).toBe(2);
    one.hear([sample("b", NOW, 3)]);
    away = false;
    await one.close();
    expect(await ids()).toEqual(["b"]);
  });

  test("with keys nothing of it can be read in the state; each key opens, and what none opens says so", async () => {
    const one = keeper(sealOf([OLD]), configOf([OLD]));
    one.hear([sample("a", NOW, 1)]);
    await one.close();
    const stored = await store.readWhole("a");
    expect(JSON.stringify(stored)).not.toMatch(/content of a|"GET"|requestId/);
    const head = stored as NonNullable<typeof stored>;
    const [both, other] = [sealOf([NEW, OLD]), sealOf([NEW])];
    expect(titleOf(head, both)).toMatchObject({ method: "GET", target: "/a" });
    expect(both.open(head.text, ["a", "content"])).toContain("content of a");
    expect(both.open(head.text, ["b", "content"])).toBeUndefined();
    expect(titleOf(head, other)).toBeUndefined();
    expect(titleOf(head, sealOf([]))).toBeUndefined();
  });

  test("a key from a file is read; one that cannot be keeps all of it out of the state", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fig-keys-"));
    const file = join(folder, "key");
    writeFileSync(file, `${NEW}\n`);
    expect(sealOf([NEW]).open(sealOf([{ file }]).seal("said", []) ?? "", [])).toBe("said");
    writeFileSync(file, "short");
    for (const broken of [sealOf([{ file }]), sealOf([{ file: join(folder, "none") }])]) {
      const one = keeper(broken);
      one.hear([sample("a", NOW, 1)]);
      await one.close();
      expect(one.counts.unsealed).toBe(1);
    }
    expect(await ids()).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
