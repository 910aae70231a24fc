import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Tests that run the `fig` command run what is built from this very tree. */
export default function setup(): (() => void) | undefined {
  // Once for all projects of vitest.config.ts.
  if (process.env.FIG_TEST_SETUP) return undefined;
  process.env.FIG_TEST_SETUP = "done";
  if (!process.env.FIG_TEST_NO_BUILD)
    execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/setup.mjs", import.meta.url))], {
      stdio: "inherit",
    });
  // Hundreds of processes load the same files: each is compiled once.
  const kept = mkdtempSync(join(tmpdir(), "fig-tests-"));
  process.env.NODE_COMPILE_CACHE = join(kept, "compiled");
  // Files that take long to make and that several tests copy.
  process.env.FIG_TEST_KEPT = kept;
  return () => rmSync(kept, { recursive: true, force: true });
}
