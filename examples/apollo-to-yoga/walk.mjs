// The README's walk, from the first shadow to a front door without legacy. Prints every command and what it answers.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Walk } from "../walking/walk.mjs";
import { Shoppers } from "./traffic.mjs";

const walk = new Walk(
  fileURLToPath(new URL(".", import.meta.url)),
  ["fig.yaml", "routes", "migrations", "settled"].map((name) => [name, name]),
);
const carts = join(walk.folder, "carts.db");
const env = { NODE_ENV: "production" };
let shoppers;

/** Everyone comes; nobody may lose anything. */
async function traffic() {
  const { requests, to, ...wrong } = await shoppers.visit(() => walk.compared());
  walk.counted(shoppers.all.length, requests, to, wrong);
  if (Object.values(wrong).some((count) => count > 0)) throw new Error("a shopper lost something");
}

try {
  await walk.serve("legacy", ["legacy.mjs", carts], env);
  await walk.serve("modern", ["modern.mjs", "moved", carts], env);
  await walk.openDoor();
  shoppers = new Shoppers(walk.url, 20);
  await shoppers.signIn();

  await walk.fig(["migrate", "up"]);
  await traffic();
  await walk.fig(["status"]);
  await walk.fig(["diff"]);

  walk.copy("settled/graphql.yaml", "routes/");
  await walk.settled();
  await traffic();
  await walk.fig(["migrate", "up"], 3);

  walk.say("the port is mended: language and stock in the context, errors unmasked, simple requests refused");
  await walk.serve("modern", ["modern.mjs", "done", carts], env);
  await walk.fig(["shift", "--cohort", "shop", "--fresh", "--reason", "the context is mended"]);
  await traffic();
  await walk.fig(["migrate", "up"], 3);
  walk.edit(
    "migrations/0002-ten-percent.yaml",
    "mutation: { modern: 10 }",
    "mutation: { modern: 10, gate: none }",
  );
  await walk.settled();
  await walk.fig(["migrate", "up"]);

  await traffic();
  await walk.fig(["migrate", "up"]);
  await traffic();
  await walk.fig(["rollback", "--all", "--reason", "support asks who changed the error codes"]);
  await traffic();
  await walk.fig(["migrate", "status"]);
  await walk.fig(["migrate", "up"]);
  await traffic();
  await walk.fig(["migrate", "up"]);
  await traffic();

  walk.edit("routes/graphql.yaml", "^    modern: modern$", "    modern: modern\n    retired: true");
  await walk.retired();
  await walk.fig(["migrate", "squash", "--to", "4"]);
  walk.edit("fig.yaml", "^default: legacy$", "default: modern");
  walk.drop("fig.yaml", "^  legacy: ");
  walk.remove("routes/graphql.yaml", "migrations/0001-shadow.yaml", "migrations/0002-ten-percent.yaml");
  walk.remove("migrations/0003-half.yaml", "migrations/0004-everyone.yaml");
  await walk.fig(["check"]);
  walk.say("legacy is switched off, and the front door starts again");
  await walk.stop("legacy");
  await walk.openDoor();
  await traffic();
  await walk.fig(["status"]);
  await walk.fig(["history"]);
  walk.say("no cart lost, nobody logged out");
} catch (error) {
  walk.failed(error);
} finally {
  shoppers?.leave();
  await walk.end();
}
