// The READMEs' walks, from the first shadow to a front door without legacy. Prints every command and what it answers.
// usage: node walk.mjs [together | apart]     together: both shops read one session store; apart: each has its own
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Walk } from "../walking/walk.mjs";
import { Shoppers } from "./traffic.mjs";

const how = process.argv[2] ?? "together";
const walk = new Walk(fileURLToPath(new URL(".", import.meta.url)), [
  ["fig.yaml", "fig.yaml"],
  [`${how}/first`, "routes"],
  [`${how}/migrations`, "migrations"],
  ...(how === "together" ? [[`${how}/settled`, "settled"]] : []),
]);
const directory = join(walk.folder, "shops.json");
const sessionsOf = (shop) => join(walk.folder, `${how === "together" ? "shared" : shop}-sessions.db`);
const env = { NODE_ENV: "production", ...(how === "together" ? {} : { SHOPS: directory }) };
const openModern = (stage) => walk.serve("modern", ["modern.mjs", stage, sessionsOf("modern")], env);
const shoppers = new Shoppers();

/**
 * Everyone comes, once or more often. Only `errors` may be other than 0, and only where the walk expects them. `split`: some have
 * to be on either side, and each side has to have had two logins and logouts, which have no copies to judge them by.
 */
async function traffic({ split = false, mayFail = false } = {}) {
  await shoppers.come(28, split ? ["legacy", "modern"] : []);
  for (let rounds = 1; ; rounds++) {
    const { requests, to, ...wrong } = await shoppers.visit({ leave: split, think: () => walk.compared() });
    walk.counted(shoppers.all.length, requests, to, wrong);
    const { errors, unexpected, ...lost } = wrong;
    if (Object.values(lost).some((count) => count > 0)) throw new Error("a shopper lost something");
    if (unexpected !== errors || (errors > 0 && !mayFail)) throw new Error("unexpected answers");
    if (!split) return;
    const { routes } = await walk.compared();
    const blind = routes.filter(({ id }) => id === "login" || id === "logout");
    const enough = mayFail ? 1 : 2;
    if (blind.every(({ legacy, modern }) => Math.min(legacy.requests, modern.requests) >= enough)) return;
    if (rounds === 12) throw new Error("nobody logs out");
  }
}

try {
  const legacy = await walk.serve("legacy", ["legacy.mjs", sessionsOf("legacy")], env);
  const modern = await openModern("moved");
  writeFileSync(directory, JSON.stringify({ legacy, modern }));
  await walk.openDoor();
  shoppers.url = walk.url;

  await walk.fig(["migrate", "up"]);
  await traffic();
  if (how === "together") {
    await walk.fig(["status"]);
    await walk.fig(["diff"]);
    walk.copy("settled/shop.yaml", "routes/");
    await walk.settled();
    await traffic();
  } else {
    await walk.fig(["diff"]);
  }
  await walk.fig(["migrate", "up"], 3);

  walk.say("the port is mended where it reads: query parser, /help/*topic, redirect back");
  await openModern("reads");
  await walk.fig(["shift", "--cohort", "shop", "--fresh", "--reason", "the reads are mended"]);
  await traffic();
  await walk.fig(["migrate", "up"], 3);
  walk.edit("migrations/0002-ten-percent.yaml", "# uncovered", "uncovered");
  await walk.settled();
  await walk.fig(["migrate", "up"]);

  await traffic({ split: true, mayFail: true });
  await walk.fig(["migrate", "up"], 3);
  await walk.fig(["rollback", "--all", "--reason", "logout fails on Express 5"]);
  walk.say(
    "the port is mended where it logs out: request.body is undefined in Express 5 if nothing was sent",
  );
  await openModern("done");
  for (const split of [false, true, true]) {
    await traffic({ split });
    await walk.fig(["migrate", "up"]);
  }
  await traffic();

  walk.edit("routes/shop.yaml", "^    modern: modern$", "    modern: modern\n    retired: true");
  await walk.retired();
  await walk.fig(["migrate", "squash", "--to", "4"]);
  walk.edit("fig.yaml", "^default: legacy$", "default: modern");
  walk.drop("fig.yaml", "^  legacy: ");
  walk.remove("routes/shop.yaml", "migrations/0001-shadow.yaml");
  walk.remove(
    "migrations/0002-ten-percent.yaml",
    "migrations/0003-half.yaml",
    "migrations/0004-everyone.yaml",
  );
  await walk.fig(["check"]);
  walk.say("legacy is switched off, and the front door starts again");
  await walk.stop("legacy");
  await walk.openDoor();
  await traffic();
  await walk.fig(["status"]);
  await walk.fig(["history"]);
  walk.say(`no cart lost, nobody logged out: ${shoppers.all.length} shoppers`);
} catch (error) {
  walk.failed(error);
} finally {
  shoppers.leave();
  await walk.end();
}
