import type { Clock } from "../domain/clock.ts";
import type { Store } from "../store/contract.ts";
import { createApiKeys } from "./api-keys/control.ts";
import { createAutopilot } from "./autopilot/control.ts";
import { AutopilotMemory } from "./autopilot/memory.ts";
import { cacheReport, purgeCache } from "./cache-purges.ts";
import type { ControlContext, Decide } from "./context.ts";
import type { Control, ControlFacts } from "./contract.ts";
import { explain } from "./explain.ts";
import { fileSets, filesAtRevision } from "./files/read.ts";
import { reloadFiles } from "./files/reload.ts";
import { filesTable } from "./files/table.ts";
import { history } from "./history.ts";
import { LastFigures } from "./last-figures.ts";
import { LedgerView } from "./ledger-view.ts";
import { migrate } from "./migrate.ts";
import { migrations, plan } from "./migrations.ts";
import { mismatches } from "./mismatches.ts";
import { noticed } from "./noticed.ts";
import { PolicyReports } from "./policy-report.ts";
import { resume } from "./resume.ts";
import { revision } from "./revision.ts";
import { rollback } from "./rollback.ts";
import { routeGate } from "./route-gate.ts";
import { RouteIndex } from "./route-index.ts";
import { shift } from "./shift.ts";
import { status } from "./status.ts";
import { orSaidAway } from "./unknown.ts";
import type { WholeSeal } from "./wholes/contract.ts";
import { wholeOf, wholes } from "./wholes/read.ts";

export interface ControlOptions {
  readonly store: Store;
  readonly facts: ControlFacts;
  readonly clock: Clock;
  readonly decide: Decide;
  /** One for all that read the same store, so that what one of them read last is known to the others. */
  readonly figures?: LastFigures;
  /** Of whole answers. Left out: none can be opened. */
  readonly seal?: WholeSeal;
  /** The same for what was seen of the autopilot's world. */
  readonly autopilot?: AutopilotMemory;
}

export function contextOf({
  figures = new LastFigures(),
  autopilot = new AutopilotMemory(),
  seal = { seal: () => undefined, open: () => undefined },
  ...options
}: ControlOptions): ControlContext {
  const index = new RouteIndex();
  const ledger = new LedgerView(options.store, index, options.facts.inForce);
  return { ...options, figures, autopilot, seal, index, ledger };
}

/** The use cases on a store and the files in force: the same behind the admin API, the command line and the library. */
export function createControl(options: ControlOptions): Control {
  const context = contextOf(options);
  const policies = new PolicyReports(options);
  return Object.freeze({
    status: () => status(context),
    revision: () => orSaidAway(context, revision(context)),
    shift: (request) => shift(context, request),
    rollback: (request) => rollback(context, request),
    resume: (request) => resume(context, request),
    migrate: (request) => migrate(context, request),
    migrations: () => orSaidAway(context, migrations(context)),
    plan: () => plan(context),
    gate: (route) => routeGate(context, route),
    history: (route) => orSaidAway(context, history(context, route), true),
    mismatches: (route) => orSaidAway(context, mismatches(context, route)),
    noticed: (route) => orSaidAway(context, noticed(context, route)),
    wholes: (query) => orSaidAway(context, wholes(context, query)),
    whole: (id) => wholeOf(context, id),
    explain: (request) => explain(context, request),
    purgeCache: (request) => purgeCache(context, request),
    cacheReport: () => cacheReport(context),
    files: () => orSaidAway(context, fileSets(context)),
    filesAt: (revision) => orSaidAway(context, filesAtRevision(context, revision)),
    filesTable: () => filesTable(context),
    reloadFiles: (request) => reloadFiles(context, request),
    identityKeys: async () => ({
      keys: options.facts.config().identity?.keys.map((key) => key.public) ?? [],
    }),
    autopilot: createAutopilot(context),
    apiKeys: createApiKeys({ ...options, here: options.facts.apiKeys }),
    policies: (query) => policies.report(query),
  } satisfies Control);
}
