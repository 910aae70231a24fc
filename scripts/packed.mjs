// The package as npm would publish it, in an empty folder elsewhere: what an old Node is told, and, with node@24 beside it where
// the machine's is old, `fig demo`, `fig init` and `fig serve`. Prints what it does; exit 1 when something is not as it should be.
// `npm run packed [-- --demo 10s]`
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { demo: { type: "string", default: "10s" } } });
const support = new URL("../test/e2e/support/", import.meta.url);
const { initAndServe, installPacked, outputOf, run, start } = await import(new URL("packed.ts", support));
const { startSide } = await import(new URL("split-door.ts", support));

/** The machine's own Node: the first on the path that no package brought. */
function machinesNode() {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const [version, place] = execFileSync("node", ["-p", "process.version + ' ' + process.execPath"], {
    env,
    encoding: "utf8",
  })
    .trim()
    .split(" ");
  const [major, minor] = version.slice(1).split(".").map(Number);
  return { version, folder: dirname(place), old: major < 22 || (major === 22 && minor < 19) };
}

const say = (text) => process.stdout.write(`${text}\n`);
function hold(condition, what) {
  if (!condition) throw new Error(what);
  say(`ok  ${what}`);
}

const cwd = mkdtempSync(join(tmpdir(), "fig-packed-"));
const legacy = await startSide("legacy");
const modern = await startSide("modern");
try {
  const machine = machinesNode();
  const options = { node: machine.folder, cwd };
  say(`Node ${machine.version} in an empty folder`);
  await installPacked(options);
  hold(true, "npm pack, and npm install of it with production dependencies alone");
  if (machine.old) {
    const { code, output } = await outputOf(start("npx", ["--no-install", "fig", "--version"], options));
    hold(
      code === 1 &&
        output.includes("fig needs Node 22.19 or newer") &&
        output.includes("npm install node@24"),
      `on Node ${machine.version} it says what it needs and how to get it`,
    );
    await run("npm", ["install", "node@24", "--no-audit", "--no-fund", "--loglevel=error"], options);
    hold(true, "npm install node@24 beside it");
  }
  const demo = JSON.parse(
    await run("npx", ["--no-install", "fig", "demo", "--for", values.demo, "--json"], options),
  );
  hold(
    demo.requests > 100 && demo.failed === 0,
    `fig demo --for ${values.demo}: ${demo.requests} requests, ${demo.failed} failed`,
  );
  const served = await initAndServe(options, legacy.url, modern.url);
  hold(
    served.code === 0 && served.output === "legacy",
    "fig init, fig check, fig serve, a request answered by legacy, SIGTERM, exit 0",
  );
} catch (error) {
  process.stderr.write(`packed: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  legacy.close();
  modern.close();
  rmSync(cwd, { recursive: true, force: true });
}
