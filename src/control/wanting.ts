import { attentionOf, type Comparing } from "./attention.ts";
import { createAutopilot } from "./autopilot/control.ts";
import type { Attention, Rates } from "./board-contract.ts";
import type { Snapshot } from "./board-snapshot.ts";
import type { ControlContext } from "./context.ts";
import type { MigrationPlan } from "./contract.ts";
import { readGone } from "./gone.ts";
import { plan } from "./migrations.ts";
import { noticedRules } from "./noticed.ts";
import { byCause, deadUpstreams } from "./one-cause.ts";
import { rates } from "./rates.ts";
import type { SharedAnswers } from "./shared-answers.ts";
import { ruleProblems, statusProblems } from "./status-problems.ts";
import { apartProblems } from "./stood-apart.ts";

type Grave = "error" | "warning";

/** The rates of so many routes are waited for; of more, the first who asks gets a page without them. */
const WAITED_ROUTES = 500;
const READ_LATER_MS = 500;
/** As the board has it too. */
const RATES = "rates";

/** What needs attention, by cause for people and by route for tables. */
export interface Wanting {
  readonly attention: readonly Attention[];
  /** Routes with something graver than an information. */
  readonly routes: ReadonlyMap<string, Grave>;
  readonly planned: MigrationPlan | undefined;
  /** Undefined: the store does not answer, or they are not read yet. */
  readonly rates: Rates | undefined;
}

/** The same reading for all who ask, the last one while the store is away; undefined: there is none. */
async function ratesOrLast(context: ControlContext, shared: SharedAnswers): Promise<Rates | undefined> {
  const work = async () => Object.freeze(await rates(context));
  return (await shared.getOrLast(RATES, work, () => true))?.value;
}

/** With the store away: what is known without it. */
export async function wanting(
  context: ControlContext,
  snapshot: Snapshot,
  shared: SharedAnswers,
  comparing: Comparing,
): Promise<Wanting> {
  const { facts, store } = context;
  const { state, config, evidence } = snapshot;
  const planned = await plan(context).catch(() => undefined);
  const pilot = await createAutopilot(context)
    .status()
    .catch(() => undefined);
  const read = () => ratesOrLast(context, shared).catch(() => undefined);
  const waits = config.routes.length <= WAITED_ROUTES || shared.has(RATES);
  const lately = waits ? await read() : undefined;
  // Behind the page, for the next one.
  if (!waits) setTimeout(read, READ_LATER_MS).unref();
  const problems = statusProblems(config, state, evidence, {
    problems: facts.problems(),
    invalid: facts.invalid(),
    gone: await readGone(store, state, config.routes).catch(() => []),
  });
  // Read seldom: a rule that does nothing now did nothing a moment ago.
  const noticed = await shared
    .get(`rules ${state.revision}`, () => noticedRules(context, config.routes, evidence), {
      atLeast: 10_000_000,
    })
    .catch(() => new Map());
  const apart = await apartProblems(store, state).catch(() => []);
  const all = attentionOf(
    [...problems, ...apart, ...ruleProblems(noticed)],
    snapshot,
    planned,
    comparing,
    lately,
    pilot,
  );
  const byId = new Map(snapshot.routes.map((route) => [route.id, route]));
  const routes = new Map<string, Grave>();
  for (const { route, severity } of all) {
    if (route === null || severity === "info" || routes.get(route) === "error") continue;
    routes.set(route, severity);
  }
  const attention = byCause(all, byId, deadUpstreams(problems, config.upstreams));
  return { attention, routes, planned, rates: lately };
}
