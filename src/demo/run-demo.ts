import type { Control } from "../control/contract.ts";
import { figErrorOf } from "../domain/errors.ts";
import { startCatalogService } from "./catalog-service.ts";
import type { DemoDeps, DemoFrontDoor, DemoOptions } from "./contract.ts";
import { createCustomersFunction } from "./customers-function.ts";
import { startLambdaEndpoint } from "./lambda-endpoint.ts";
import { startMonolith } from "./monolith.ts";
import { makeOpeningMoves } from "./opening-moves.ts";
import { startOrdersService } from "./orders-service.ts";
import { createReporter } from "./reporter.ts";
import { type DemoRun, summaryOf } from "./summary.ts";
import { startTraffic } from "./traffic.ts";
import { createWorkspace, freePort, type Workspace } from "./workspace.ts";

type Cleanup = () => Promise<void>;

/**
 * A shop, its two new services and a function, a front door between them and traffic through it, all on free ports of loopback with
 * throwaway state; until `forMs` is over or `stopped` resolves. Resolves with the exit code, everything closed.
 */
export async function runDemo(deps: DemoDeps, options: DemoOptions): Promise<number> {
  const cleanups: Cleanup[] = [];
  try {
    return await play(deps, options, cleanups);
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }
}

async function play(deps: DemoDeps, options: DemoOptions, cleanups: Cleanup[]): Promise<number> {
  const upstreams: Record<string, string> = {};
  for (const [name, start] of [
    ["DEMO_MONOLITH", startMonolith],
    ["DEMO_ORDERS", startOrdersService],
    ["DEMO_CATALOG", startCatalogService],
    ["DEMO_LAMBDA", () => startLambdaEndpoint({ "shop-customers": createCustomersFunction() })],
  ] as const) {
    const server = await start(deps.clock);
    cleanups.push(() => server.close());
    upstreams[name] = server.url;
  }
  const { door, workspace } = await openFrontDoor(deps, upstreams, cleanups);
  const control = deps.connect(door.ready.adminUrl);
  await makeOpeningMoves(control);
  const begun = deps.clock.micros();
  const traffic = startTraffic(door.ready.url, options.rate);
  cleanups.push(() => traffic.stop());
  const run = (): DemoRun => ({
    url: door.ready.url,
    adminUrl: door.ready.adminUrl,
    seconds: (deps.clock.micros() - begun) / 1_000_000,
    traffic: traffic.counts(),
  });
  const reporter = createReporter(deps, options, workspace.file, () => summaryOf(control, run()));
  cleanups.push(() => reporter.stop());
  reporter.start();
  const ended = await untilOver(deps, options, door);
  await reporter.stop();
  if (ended !== undefined) {
    deps.note("the front door stopped by itself");
    return ended;
  }
  await traffic.stop();
  reporter.final(await finalSummary(control, run()));
  return 0;
}

/** Nobody's, and asked for by nobody: what is signed with them goes to the demo's own endpoint. A user's are not looked at. */
export const DEMO_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "demo",
  AWS_SECRET_ACCESS_KEY: "demo",
  AWS_SESSION_TOKEN: "",
} as const;

/** A port that was free can be taken before the front door has it: other ones are tried. */
async function openFrontDoor(
  deps: DemoDeps,
  upstreams: Readonly<Record<string, string>>,
  cleanups: Cleanup[],
): Promise<{ readonly door: DemoFrontDoor; readonly workspace: Workspace }> {
  for (let attempt = 1; ; attempt++) {
    const workspace = await createWorkspace(deps.packageRoot, {
      ...upstreams,
      DEMO_LISTEN: `127.0.0.1:${await freePort()}`,
      DEMO_ADMIN: `127.0.0.1:${await freePort()}`,
      DEMO_STATE: "sqlite:state.db",
    });
    cleanups.push(() => workspace.remove());
    try {
      const door = await deps.serve(workspace.file, DEMO_CREDENTIALS);
      cleanups.push(() => door.stop());
      return { door, workspace };
    } catch (error) {
      if (attempt === 3 || figErrorOf(error, "address_in_use") === undefined) throw error;
    }
  }
}

/** The front door's exit code if it went down by itself. */
async function untilOver(
  deps: DemoDeps,
  options: DemoOptions,
  door: DemoFrontDoor,
): Promise<number | undefined> {
  const over = [deps.stopped.then(() => undefined), door.closed];
  if (options.forMs === undefined) return Promise.race(over);
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), options.forMs);
  });
  try {
    return await Promise.race([...over, passed]);
  } finally {
    clearTimeout(timer);
  }
}

const SETTLE_MS = 2_000;
const SETTLE_STEP_MS = 100;

/** Shadows and comparisons end after the last client was answered, so the figures are read until they stop changing. */
async function finalSummary(control: Control, run: DemoRun): ReturnType<typeof summaryOf> {
  let last = "";
  for (let waited = 0; ; waited += SETTLE_STEP_MS) {
    const summary = await summaryOf(control, run);
    const now = JSON.stringify([summary.routes, summary.differences]);
    if (now === last || waited >= SETTLE_MS) return summary;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP_MS));
  }
}
