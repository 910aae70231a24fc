// The pictures of the dashboard in docs/pictures, from a demo that ran a while: `npm run pictures -- 12` for twelve minutes
// of traffic (the default); then those of scenes: one route, 300 routes, a dead upstream, the store away. `npm run pictures -- scenes`
// takes only these. Needs Chromium, and redis-server for the store.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startTraffic } from "../src/demo/traffic.ts";
import { chromiumPath, INSTALL_CHROMIUM, launchChromium } from "../test/browser/chromium.ts";
import { manyRoutes, startScene } from "../test/browser/scenes.ts";
import { startShop } from "../test/browser/shop.ts";
import { visit } from "../test/browser/visitor.ts";
import { RedisServer } from "../test/support/redis-server.ts";
import { smallerPng } from "./smaller-png.mjs";

const FOLDER = fileURLToPath(new URL("../docs/pictures", import.meta.url));
const MINUTE_MS = 60_000;
const asked = process.argv[2] ?? "12";
const minutes = Number(asked);
/** So much of a page that is longer. */
const SCENE_HEIGHT = 1400;

/** What people of the shop do meanwhile, each after its share of the time. */
const MEANWHILE = [
  [0.3, ({ shift }) => shift("products.search", 5, "carla", "the first clients search in the new service")],
  [
    0.45,
    ({ back }) =>
      back("products.search", "carla", "search is slow: 80 ms and more, back to the drawing board"),
  ],
  [0.65, ({ shift }) => shift("orders.list", 40, "ben", "lists agree; more of them")],
  [0.8, ({ back }) => back("orders.list", "ben", "together with orders.read, later")],
];

const PAGES = {
  overview: { hash: "#/" },
  route: { hash: "#/routes/orders.read" },
  differences: {
    hash: "#/differences",
    async prepare(page) {
      await page.getByRole("button", { name: "$.total" }).click();
      await page.getByRole("button", { name: "Ignore this …" }).click();
    },
  },
  migrations: { hash: "#/migrations" },
  history: {
    hash: "#/history",
    prepare: (page) =>
      page
        .getByRole("button", { name: /^Evidence/ })
        .first()
        .click(),
  },
  dialog: {
    hash: "#/routes/orders.read",
    async prepare(page) {
      await page.getByRole("button", { name: "Shift …" }).click();
      await page.getByRole("spinbutton", { name: /Modern serves/ }).fill("50");
      await page
        .getByText(/25 % of clients move/)
        .first()
        .waitFor();
      await page.getByLabel("Reason").fill("half of the clients: totals agree since Tuesday");
      await page.getByLabel("Your name").fill("anna");
    },
  },
};

function actsOn(control) {
  return {
    shift: (route, modern, by, reason) => control.shift({ target: { route }, modern, by, reason }),
    back: (route, by, reason) => control.rollback({ route, by, reason }),
  };
}

async function takePictures(browser, adminUrl) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1440, 360]) {
      const visitor = await visit(browser, adminUrl, { colorScheme, viewport: { width, height: 900 } });
      for (const [name, { hash, prepare }] of Object.entries(PAGES)) {
        await visitor.open(hash);
        await visitor.page.locator(".waiting, .chart-empty").first().waitFor({ state: "detached" });
        await visitor.page.locator(".live-live").waitFor();
        await prepare?.(visitor.page);
        await visitor.page.evaluate("scrollTo(0, 0)");
        await visitor.page.mouse.move(0, 0);
        // Charts are drawn in the frame after their data.
        await visitor.page.evaluate(
          "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
        );
        const path = join(FOLDER, `dashboard-${name}-${colorScheme}-${width}.png`);
        writeFileSync(path, smallerPng(await visitor.page.screenshot({ fullPage: name !== "dialog" })));
      }
      await visitor.close();
    }
  }
}

const SCENES = {
  async "one-route"(use) {
    const scene = await startScene({ routes: [{ id: "orders.read" }], name: "production" });
    const shift = (modern, reason) =>
      scene.control.shift({ target: { route: "orders.read" }, modern, shadow: 100, reason, by: "ann" });
    await shift(0, "look at the new service");
    await scene.ask(["orders.read"], 60);
    await shift(50, "half of the clients");
    await scene.ask(["orders.read"], 60);
    await use(scene);
  },
  async "300-routes"(use) {
    const routes = manyRoutes(300);
    const scene = await startScene({ routes, name: "staging" });
    for (const cohort of ["area-01", "area-02", "area-03"])
      await scene.control.shift({ target: { cohort }, modern: 10, shadow: 100, reason: "first", by: "ann" });
    await scene.ask(idsOf(routes.slice(0, 60)), 12);
    await use(scene);
  },
  async "dead-upstream"(use) {
    const routes = manyRoutes(41);
    const scene = await startScene({ routes, name: "production" });
    for (let area = 1; area <= 9; area++) {
      const target = { cohort: `area-0${area}` };
      await scene.control.shift({ target, modern: area % 2 ? 100 : 10, reason: "first", by: "ann" });
    }
    await scene.killModern();
    await scene.ask(idsOf(routes), 20);
    await use(scene);
  },
  async "store-away"(use) {
    const redis = await RedisServer.start();
    const routes = manyRoutes(10);
    const scene = await startScene({ routes, state: redis.url, name: "production" });
    const target = { cohort: "area-01" };
    await scene.control.shift({ target, modern: 10, shadow: 100, reason: "first", by: "ann" });
    await scene.ask(idsOf(routes), 30);
    await delay(2_000);
    await redis.stop();
    await scene.ask(idsOf(routes), 10);
    await use(scene);
  },
};

function idsOf(routes) {
  return routes.map(({ id }) => id);
}

async function takeScenes(browser) {
  for (const [name, make] of Object.entries(SCENES)) {
    await make(async (scene) => {
      await delay(3_000);
      for (const colorScheme of ["light", "dark"]) {
        for (const width of [1440, 390]) {
          const viewport = { width, height: SCENE_HEIGHT };
          const visitor = await visit(browser, scene.adminUrl, { colorScheme, viewport });
          await visitor.open("#/");
          await visitor.page.locator("table.routes tbody tr").first().waitFor();
          await visitor.page.locator(".waiting").first().waitFor({ state: "detached" });
          await delay(500);
          const path = join(FOLDER, `scene-${name}-${colorScheme}-${width}.png`);
          writeFileSync(path, smallerPng(await visitor.page.screenshot()));
          await visitor.close();
        }
      }
      await scene.stop();
    });
  }
}

async function takeDemo(browser) {
  const shop = await startShop();
  const traffic = startTraffic(shop.url, 60);
  try {
    const acts = actsOn(shop.control);
    let passed = 0;
    for (const [share, act] of [...MEANWHILE, [1, () => undefined]]) {
      await delay((share - passed) * minutes * MINUTE_MS);
      passed = share;
      await act(acts);
    }
    await takePictures(browser, shop.adminUrl);
  } finally {
    await traffic.stop();
    await shop.stop();
  }
}

const chromium = chromiumPath();
if (chromium === undefined) {
  process.stderr.write(`pictures need Chromium: ${INSTALL_CHROMIUM}\n`);
  process.exit(1);
}
mkdirSync(FOLDER, { recursive: true });
const browser = await launchChromium(chromium);
if (asked !== "scenes") await takeDemo(browser);
if (asked === "scenes" || process.argv[3] !== "demo") await takeScenes(browser);
await browser.close();
