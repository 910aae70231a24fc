import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LastKnown } from "../../src/store/contract.ts";
import { PositionCopy } from "../../src/store/position-copy.ts";
import { draftOf } from "../conformance/store-values.ts";
import { hex } from "./folder.ts";

const URL = "redis://:s3cr3t@h:6379/0";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fig-copy-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function open(url = URL): Promise<PositionCopy> {
  const copy = await PositionCopy.open(url, { folder, hex });
  if (copy === undefined) throw new Error("no copy");
  return copy;
}

function knownAt(revision: number): LastKnown {
  return {
    stateId: "ab",
    entries: [{ ...draftOf(["a"]), revision, at: "2026-11-02T08:00:00.000Z" }],
    definitions: new Map([["__proto__", { hash: "h", epoch: 2, since: 5 }]]),
  };
}

test("what was kept is there for the next one, in a file of its own that only its owner reads", async () => {
  const copy = await open();
  expect(copy.last).toBeUndefined();
  for (let revision = 1; revision <= 50; revision++) copy.keep(() => knownAt(revision));
  await copy.close();
  expect((await open()).last).toEqual(knownAt(50));
  expect(readdirSync(join(folder, ".fig"))).toHaveLength(1);
  expect(statSync(copy.path).mode & 0o777).toBe(0o600);
  expect(readFileSync(copy.path, "utf8")).not.toContain("s3cr3t");
});

test("another password is the same state; another host, database or prefix is another", async () => {
  const copy = await open();
  copy.keep(() => knownAt(1));
  await copy.close();
  expect((await open("redis://other:pw@h:6379/0")).last).toEqual(knownAt(1));
  for (const other of ["redis://g:6379/0", "redis://h:6379/1", "redis://h:6379/0?prefix=shop"])
    expect((await open(other)).last).toBeUndefined();
  // The same file, named for another state.
  expect((await open(`redis://g:6379/0?copy=${copy.path}`)).last).toBeUndefined();
});

test("a state on this host needs none", async () => {
  for (const url of ["sqlite:.fig/state.db", "memory:"])
    expect(await PositionCopy.open(url, { folder, hex })).toBeUndefined();
});

test("one that is damaged or too large is none, and is said", async () => {
  const { path } = await open();
  mkdirSync(join(folder, ".fig"));
  writeFileSync(path, '{"format":1,');
  const damaged = await open();
  expect(damaged.last).toBeUndefined();
  expect(damaged.problem).toContain(`the copy of the positions in ${path} cannot be read`);
  truncateSync(path, 17 * 1024 * 1024);
  expect((await open()).problem).toContain("cannot be read: it has 17825792 bytes");
  damaged.keep(() => knownAt(3));
  await damaged.close();
  expect(damaged.problem).toBeUndefined();
  expect((await open()).last).toEqual(knownAt(3));
});

test("one that would be too large is not written, and the one before stays", async () => {
  const copy = await open();
  copy.keep(() => knownAt(1));
  await copy.close();
  const [entry] = knownAt(2).entries;
  copy.keep(() => ({
    ...knownAt(2),
    entries: entry === undefined ? [] : [{ ...entry, reason: "x".repeat(17e6) }],
  }));
  await copy.close();
  expect(copy.problem).toContain("the positions cannot be kept");
  expect((await open()).last).toEqual(knownAt(1));
  expect(readdirSync(join(folder, ".fig"))).toHaveLength(1);
});
