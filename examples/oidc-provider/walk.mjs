// The README's walk. Prints every command and what it answers.
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Walk } from "../walking/walk.mjs";
import { People } from "./traffic.mjs";
import { asking } from "./truths.mjs";

const walk = new Walk(
  fileURLToPath(new URL(".", import.meta.url)),
  ["fig.yaml", "routes", "migrations", "settled"].map((name) => [name, name]),
);
const keys = join(walk.folder, "keys.json");
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
writeFileSync(keys, JSON.stringify([{ ...key, kid: "one", use: "sig", alg: "RS256" }]));
const files = [join(walk.folder, "store.db"), keys];
let people;

/** Everyone comes; nobody may meet anything wrong. */
async function traffic() {
  const { requests, to, wrong } = await people.visit(() => walk.compared());
  const who = Object.entries(to).map(([side, count]) => `${count} to ${side}`);
  walk.say(`${people.all.length} people: ${requests} requests, ${who.join(", ")}, ${wrong.length} wrong`);
  if (wrong.length > 0) throw new Error(`wrong: ${wrong.join(", ")}`);
}

try {
  const legacy = await walk.serve("legacy", ["legacy.mjs", ...files]);
  const modern = await walk.serve("modern", ["modern.mjs", ...files]);
  await walk.openDoor();
  people = new People(walk.url, 12);

  await walk.fig(["migrate", "up"]);
  await traffic();
  await walk.fig(["diff", "--summary"]);
  const differing = ["discovery", "authorize", "device", "logout", "userinfo"];
  for (const route of [...differing, "pages"]) await walk.fig(["diff", route, "--suggest", "--apply"]);
  await walk.controlled(differing);
  await walk.fig(["shift", "--cohort", "login", "--fresh", "--reason", "legacy is asked twice"]);
  await traffic();
  await walk.fig(["diff", "--summary"]);
  await walk.fig(["diff", "userinfo", "--suggest", "--apply"]);
  walk.say("asked directly:");
  for (const row of await asking(legacy, modern)) console.log(`| ${row.join(" | ")} |`);
  await walk.fig(["migrate", "up"], 3);

  walk.say("modern is set up as the clients of 8 know it: no DPoP, the algorithms of 8, SameSite=None");
  await walk.serve("modern", ["modern.mjs", ...files, "settled"]);
  await walk.fig(["shift", "--cohort", "login", "--fresh", "--reason", "modern is set up"]);
  await traffic();
  await walk.fig(["diff", "--summary"]);
  walk.copy("settled/login.yaml", "routes/");
  await walk.settled();
  await traffic();
  await walk.fig(["diff", "--summary"]);
  await walk.fig(["migrate", "up"]);
  await traffic();
  await walk.fig(["migrate", "up"]);
  await traffic();
  await walk.fig(["history"]);
  walk.say("nobody met anything wrong");
} catch (error) {
  walk.failed(error);
} finally {
  await walk.end();
}
