import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const FILLER = "filler";

function run(...command: readonly string[]): string | undefined {
  const [name = "", ...args] = command;
  const { status, stderr, error } = spawnSync(name, args, { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** A small disk of its own, which a test can really fill. */
export class Tmpfs {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A text: why there is none. */
  static mount(size: string): Tmpfs | string {
    const path = mkdtempSync(join(tmpdir(), "fig-tmpfs-"));
    const wrong = run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path);
    if (wrong === undefined) return new Tmpfs(path);
    rmSync(path, { recursive: true });
    return wrong;
  }

  /** To the last block. What is written into blocks that are there already still is. */
  fill(): void {
    const block = Buffer.alloc(4096, "x");
    const file = openSync(join(this.path, FILLER), "w");
    try {
      // Others write there too.
      for (;;) writeSync(file, block);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    unlinkSync(join(this.path, FILLER));
  }

  remount(how: "ro" | "rw"): void {
    expect(run("mount", "-o", `remount,${how}`, this.path)).toBeUndefined();
  }

  remove(): void {
    run("umount", "-l", this.path);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs `tests` where a disk can be mounted, which takes root. Where not: in CI a failure, else skipped aloud. */
export function withTmpfs(what: string, tests: () => void): void {
  const tried = Tmpfs.mount("1m");
  if (typeof tried !== "string") {
    tried.remove();
    tests();
    return;
  }
  const why = `no tmpfs can be mounted (${tried}): run it as root`;
  if (process.env.CI === "true") test(`what ${what} needs is there`, () => expect.fail(why));
  else {
    process.stderr.write(`SKIPPED: ${what}: ${why}\n`);
    test.skip(`${what}: SKIPPED, ${why}`, () => undefined);
  }
}
