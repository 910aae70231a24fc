// The README's walk, from shadow to cutover and back, in a temporary folder. Prints every command and what it answers.
import { copyFileSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { runFig, startFig } from "../walking/children.mjs";
import { here, startBoth } from "./start.mjs";
import { sendTraffic } from "./traffic.mjs";
import { asking } from "./truths.mjs";

const both = await startBoth();
const shop = join(both.folder, "shop");
mkdirSync(shop);
for (const name of ["fig.yaml", "routes", "migrations", "settled"]) {
  cpSync(join(here, name), join(shop, name), { recursive: true });
}
const env = { LEGACY_URL: both.legacyUrl, MODERN_URL: both.modernUrl, FIG_PORT: "0", FIG_ADMIN_PORT: "0" };
const door = await startFig(join(shop, "fig.yaml"), env, join(both.folder, "fig.log"));
const commandEnv = {
  ...process.env,
  ...env,
  FIG_BY: "alice",
  FIG_ADMIN_PORT: new URL(door.ready.adminUrl).port,
};

function quoted(argument) {
  return /^[\w./:=%-]+$/.test(argument) ? argument : `'${argument}'`;
}

async function fig(...args) {
  console.log(`\n$ fig ${args.map(quoted).join(" ")}`);
  const { code, output } = await runFig(args, { cwd: shop, env: commandEnv });
  process.stdout.write(output);
  if (code !== 0) console.log(`(exit code ${code})`);
  return code;
}

const failed = [];
/** Readers come; once more while a busy machine sheds so many copies that the gates have too few comparisons to go by. */
async function traffic(comparisons = 0) {
  for (let times = 0; times < 8; times++) {
    const answered = await sendTraffic(door.ready.url);
    const counts = Object.entries(answered).map(([status, count]) => `${count} × ${status}`);
    console.log(`\n# traffic: ${counts.join(", ")}`);
    if (answered[0] !== undefined) failed.push(answered[0]);
    if (comparisons === 0 || (await leastCompared()) >= comparisons) return;
  }
}

/** Comparisons of the route that has the fewest of those that move, once no more come. */
async function leastCompared() {
  for (let before = -1; ; ) {
    const { routes } = await (await fetch(new URL("/api/v1/status", door.ready.adminUrl))).json();
    const moving = routes.filter(({ cohort }) => cohort === "readers");
    const least = Math.min(...moving.map(({ comparisons: { match, mismatch } }) => match + mismatch));
    if (least === before) return least;
    before = least;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function expectCode(code, wanted) {
  if (code !== wanted) throw new Error(`ended with ${code}, not ${wanted}`);
}

try {
  expectCode(await fig("migrate", "up"), 0);
  await traffic();
  expectCode(await fig("diff", "--summary"), 0);
  for (const route of ["books.read", "books.list", "authors.read", "shop.read"]) {
    expectCode(await fig("diff", route, "--suggest", "--apply"), 0);
  }
  // Who is asked twice is judged anew: the windows of these routes begin again.
  await inForce("status", ({ routes }) =>
    routes.every(({ id, legacy }) => id === "(default)" || legacy.requests === 0),
  );
  expectCode(await fig("shift", "--cohort", "readers", "--fresh", "--reason", "legacy is asked twice"), 0);
  await traffic();
  expectCode(await fig("status"), 0);
  expectCode(await fig("diff", "books.read"), 0);
  expectCode(await fig("diff", "authors.read"), 0);
  expectCode(await fig("diff", "--summary"), 0);
  expectCode(await fig("diff", "books.read", "--suggest", "--apply"), 0);
  console.log("\n# asked directly:");
  for (const row of await asking(both.legacyUrl, both.modernUrl)) console.log(`| ${row.join(" | ")} |`);
  expectCode(await fig("migrate", "up"), 3);

  console.log("\n# modern is put right: HEAD");
  await both.settle();
  console.log("\n$ cp settled/bookshop.yaml routes/");
  copyFileSync(join(shop, "settled/bookshop.yaml"), join(shop, "routes/bookshop.yaml"));
  await inForce("status", ({ routes }) => routes.some(({ id }) => id === "books.read.expanded"));
  for (const _ of ["10 %", "50 %", "everyone"]) {
    await traffic(620);
    expectCode(await fig("migrate", "up"), 0);
  }
  expectCode(await fig("explain", "GET", "/books/1", "-H", "cookie: reader=reader-3"), 0);
  await traffic();
  expectCode(await fig("status"), 0);
  expectCode(await fig("rollback", "books.read", "--reason", "a partner parses ids as numbers"), 0);
  await traffic();
  expectCode(await fig("history"), 0);
  if (failed.length > 0) throw new Error(`${failed} requests failed`);
  console.log("\n# no request failed");
} catch (error) {
  console.error(`\nwalk: ${error.message}`);
  process.exitCode = 1;
} finally {
  await door.stop();
  await both.stop();
}

/** fig reloads changed files by itself; this waits until what it says of itself is so. */
async function inForce(what, holds) {
  for (let tries = 0; tries < 600; tries++) {
    if (holds(await (await fetch(new URL(`/api/v1/${what}`, door.ready.adminUrl))).json())) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("fig did not reload");
}
