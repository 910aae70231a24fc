import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLineWriter } from "../../src/observe/line-writer.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fig-lines-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A pipe that nobody reads until the test does; both ends are this process's. */
function pipe() {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const buffer = Buffer.alloc(1024 * 1024);
  return {
    path,
    readEnd,
    writeEnd,
    read(): string {
      try {
        return buffer.toString("utf8", 0, readSync(readEnd, buffer));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "";
        throw error;
      }
    },
    close() {
      closeSync(readEnd);
      closeSync(writeEnd);
    },
  };
}

test("lines reach a file whole and in order", async () => {
  const path = join(folder, "log");
  const fd = openSync(path, "a");
  const writer = createLineWriter({ to: fd, gatherBytes: 4096, maxBytes: 8 * 1024 * 1024 });
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${"é".repeat(i % 20)}\n`);
  for (const line of lines) writer.write(line);
  await writer.flush(10_000);
  expect(readFileSync(path, "utf8")).toBe(lines.join(""));
  expect(writer.dropped).toBe(0);
  closeSync(fd);
});

test("a pipe nobody reads costs lines past the bound, and one warning once it is read again", async () => {
  const { writeEnd, read, close } = pipe();
  const recovered: number[] = [];
  const writer = createLineWriter({
    to: writeEnd,
    gatherBytes: 0,
    maxBytes: 200_000,
    onRecovered: (dropped) => recovered.push(dropped),
  });
  const line = `${"x".repeat(99)}\n`;
  for (let i = 0; i < 10_000; i++) writer.write(line);
  await writer.flush(100);
  const { dropped } = writer;
  expect(dropped).toBeGreaterThan(10_000 - (200_000 + 65_536 * 2) / 100);
  expect(recovered).toEqual([]);

  let text = "";
  const done = writer.flush(20_000).then(() => true);
  while (!(await Promise.race([done, new Promise<false>((resolve) => setImmediate(resolve, false))]))) {
    text += read();
  }
  text += read();
  expect(text.length).toBe((10_000 - dropped) * 100);
  expect(writer.dropped).toBe(dropped);
  expect(recovered).toEqual([dropped]);
  await writer.close(1_000);
  close();
});

test("a reader that goes away costs its lines and nothing else", async () => {
  const { readEnd, writeEnd } = pipe();
  const writer = createLineWriter({ to: writeEnd, gatherBytes: 0, maxBytes: 1_000 });
  closeSync(readEnd);
  writer.write("lost\n");
  await writer.flush(10_000);
  expect(writer.dropped).toBe(1);
  writer.write("lost too\n");
  await writer.close(10_000);
  expect(writer.dropped).toBe(2);
  closeSync(writeEnd);
});

test("a line cut short by a reader that left ends before the next reader's first line", async () => {
  const { path, readEnd, writeEnd } = pipe();
  const writer = createLineWriter({ to: writeEnd, gatherBytes: 0, maxBytes: 1_000_000 });
  writer.write(`${"x".repeat(100_000)}\n`);
  await writer.flush(100);
  closeSync(readEnd);
  await writer.flush(10_000);
  expect(writer.dropped).toBe(1);
  const later = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const held = Buffer.alloc(200_000);
  const before = readSync(later, held);
  writer.write("next\n");
  await writer.close(10_000);
  const after = readSync(later, held, { offset: before });
  expect(held.toString("utf8", 0, before + after)).toMatch(/^x+\nnext\n$/);
  closeSync(later);
  closeSync(writeEnd);
});

test("a full disk costs the lines it does not take", async () => {
  const fd = openSync("/dev/full", "w");
  const writer = createLineWriter({ to: fd, gatherBytes: 4096, maxBytes: 1_000_000 });
  for (let i = 0; i < 100; i++) writer.write(`line ${i}\n`);
  await writer.close(10_000);
  expect(writer.dropped).toBe(100);
  closeSync(fd);
});

test("a process with a full pipe on stdout still exits", async () => {
  const { writeEnd, close } = pipe();
  const script = `
    import { createLineWriter } from ${JSON.stringify(new URL("../../src/observe/line-writer.ts", import.meta.url).href)};
    const writer = createLineWriter({ to: 1, gatherBytes: 0, maxBytes: 1e7 });
    for (let i = 0; i < 10_000; i++) writer.write("x".repeat(99) + "\\n");
    await writer.close(100);
    process.exit(7);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", writeEnd, "inherit"],
  });
  const [code] = await once(child, "exit");
  expect(code).toBe(7);
  close();
});

test("after close lines are dropped", async () => {
  const fd = openSync(join(folder, "log"), "a");
  const writer = createLineWriter({ to: fd, gatherBytes: 0, maxBytes: 1_000 });
  await writer.close(1_000);
  writer.write("late\n");
  expect(writer.dropped).toBe(1);
  closeSync(fd);
});

test("a file is opened anew under its name while lines come, and none is lost", async () => {
  const path = join(folder, "access.log");
  const writer = createLineWriter({ to: path, gatherBytes: 512, maxBytes: 8 * 1024 * 1024 });
  const files: string[] = [];
  let sent = 0;
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 500; i++) writer.write(`line ${sent++}\n`);
    if (round % 3 === 0) await writer.flush(10_000);
    const rotated = `${path}.${round}`;
    renameSync(path, rotated);
    files.push(rotated);
    writer.reopen();
    // Between two batches.
    while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
  }
  await writer.close(10_000);
  const text = [...files, path].map((file) => readFileSync(file, "utf8")).join("");
  expect(text).toBe(Array.from({ length: sent }, (_, i) => `line ${i}\n`).join(""));
  expect(statSync(path).mode & 0o777 & ~0o640).toBe(0);
  expect([writer.dropped, writer.failure]).toEqual([0, undefined]);
});

test("a file that cannot be opened costs lines, not the process, until it can be", async () => {
  const path = join(folder, "later", "access.log");
  const recovered: number[] = [];
  const writer = createLineWriter({
    to: path,
    gatherBytes: 0,
    maxBytes: 1_000,
    onRecovered: (lines) => recovered.push(lines),
  });
  writer.write("lost\n");
  await writer.flush(10_000);
  expect([writer.dropped, writer.failure]).toEqual([1, "ENOENT"]);
  mkdirSync(join(folder, "later"));
  writer.write("kept\n");
  await writer.flush(10_000);
  expect(readFileSync(path, "utf8")).toBe("kept\n");
  expect([writer.dropped, writer.failure, recovered]).toEqual([1, undefined, [1]]);
  // A new name that cannot be had leaves the old file in its place, and is said.
  renameSync(join(folder, "later"), join(folder, "away"));
  writer.reopen();
  expect(writer.failure).toBe("ENOENT");
  writer.write("more\n");
  await writer.close(10_000);
  expect(readFileSync(join(folder, "away", "access.log"), "utf8")).toBe("kept\nmore\n");
});

test("a full disk costs lines, and is said", async () => {
  const writer = createLineWriter({ to: "/dev/full", gatherBytes: 0, maxBytes: 1_000 });
  for (let i = 0; i < 3; i++) writer.write("x\n");
  await writer.flush(10_000);
  expect([writer.dropped, writer.failure]).toEqual([3, "ENOSPC"]);
  await writer.close(1_000);
});
