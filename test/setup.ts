import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tests that run the `fig` command run what is built from this very tree. */
export default function setup(): void {
  if (process.env.FIG_TEST_NO_BUILD) return;
  // Once for all projects of vitest.config.ts.
  process.env.FIG_TEST_NO_BUILD = "built";
  execFileSync("npm", ["run", "--silent", "build"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: "inherit",
  });
}
