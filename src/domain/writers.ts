import { SAFE_METHODS } from "./message.ts";
import type { MigrationDefinition } from "./migration.ts";
import { stepText } from "./migration-plan.ts";
import type { RouteDefinition } from "./route.ts";
import { listText, numberText } from "./wording.ts";

/** Routes by which one client's writes may go to both sides. */
interface TwoWriters {
  /** The first of them. */
  readonly route: RouteDefinition;
  readonly message: string;
  readonly remedy: string;
}

type Route = RouteDefinition;

/** As far as its file says: `match.methods` has an unsafe one, or all, and not all of them only read. */
export function takesWrites({ match, shadow }: Pick<Route, "match" | "shadow">): boolean {
  const { methods } = match;
  return shadow.safe !== true && (methods === undefined || methods.some((name) => !SAFE_METHODS.has(name)));
}

function standText(routes: readonly Route[], modernOf: (route: Route) => number): string {
  return listText(routes.map((route) => `${route.id} at modern ${numberText(modernOf(route))}`));
}

/** By cohort: routes that take writes, where they stand at different positions. */
function apart(
  routes: readonly Route[],
  modernOf: (route: Route) => number,
): ReadonlyMap<string, readonly Route[]> {
  const found = new Map<string, readonly Route[]>();
  for (const [cohort, all] of Map.groupBy(routes.filter(takesWrites), (route) => route.cohort))
    if (new Set(all.map(modernOf)).size > 1) found.set(cohort, all);
  return found;
}

/** Cohorts with two writers where routes stand at `modernOf`; a retired route is at 100. */
export function cohortWriters(
  routes: readonly Route[],
  modernOf: (route: Route) => number,
): readonly TwoWriters[] {
  return [...apart(routes, modernOf)].map(([cohort, all]) => ({
    route: all[0] as Route,
    message: `cohort ${cohort} has two writers, so a client's writes go to both sides: ${standText(all, modernOf)}`,
    remedy: `bring them together with \`fig shift --cohort ${cohort} --modern ${together(all, modernOf)} --reason "one writer"\`; a route that only reads says so with match.methods or shadow.safe: true`,
  }));
}

/** Where none but modern is left for one of them, the others follow; otherwise they go back, which nothing is in the way of. */
function together(routes: readonly Route[], modernOf: (route: Route) => number): number {
  return routes.some(({ retired }) => retired) ? 100 : Math.min(...routes.map(modernOf));
}

const startOf = (route: Route) => (route.retired ? 100 : route.start.modern);

/** The template with its captures' names left out: what it matches. */
function shapeOf({ path, host }: Route["match"]): string {
  return `${host ?? ""} ${path.replace(/\{[^}+]*(\+?)\}/g, "{$1}")}`;
}

/** Routes of one path that take writes in different cohorts: a client may be on both sides of it at any position but 0 and 100. */
function pathWriters(routes: readonly Route[]): readonly TwoWriters[] {
  // Messages of a WebSocket API have its path in common, and nothing else.
  const writing = routes.filter(
    (route) => takesWrites(route) && !route.retired && route.message === undefined,
  );
  return [...Map.groupBy(writing, ({ match }) => shapeOf(match)).values()].flatMap((same) => {
    const [first] = same;
    const cohorts = new Set(same.map(({ cohort }) => cohort));
    if (first === undefined || cohorts.size < 2) return [];
    const named = listText(same.map(({ id, cohort }) => (id === cohort ? id : `${id} of cohort ${cohort}`)));
    return {
      route: first,
      message: `${named} take writes on one path, ${first.match.path}, but are no cohort: a client's writes may go to both sides`,
      remedy: `give them one cohort, such as \`cohort: ${first.cohort}\`, and the same sticky`,
    };
  });
}

/** What the files alone say: start positions, cohorts of one path, and steps that part the writers of a cohort. */
export function filesWriters(
  routes: readonly Route[],
  migrations: readonly MigrationDefinition[],
): readonly TwoWriters[] {
  const start = [...apart(routes, startOf)].map(([cohort, all]) => ({
    route: all[0] as Route,
    message: `cohort ${cohort} would start with two writers: ${standText(all, startOf)}`,
    remedy: "give them the same start.modern",
  }));
  return [...start, ...stepWriters(routes, migrations), ...pathWriters(routes)];
}

function stepWriters(
  routes: readonly Route[],
  migrations: readonly MigrationDefinition[],
): readonly TwoWriters[] {
  const modern = new Map(routes.map((route) => [route.id, startOf(route)]));
  const modernOf = (route: Route) => modern.get(route.id) ?? 0;
  const found: TwoWriters[] = [];
  for (const step of migrations.toSorted((a, b) => a.number - b.number)) {
    const before = apart(routes, modernOf);
    for (const { id, retired } of routes) {
      const to = Object.hasOwn(step.changes, id) ? step.changes[id]?.modern : undefined;
      if (to !== undefined && !retired) modern.set(id, to);
    }
    for (const [cohort, all] of apart(routes, modernOf)) {
      if (before.has(cohort) || all.some(({ retired }) => retired)) continue;
      found.push({
        route: all[0] as Route,
        message: `step ${stepText(step)} leaves cohort ${cohort} with two writers: ${standText(all, modernOf)}`,
        remedy: "move them in one step",
      });
    }
  }
  return found;
}

/** In one sentence. */
export function writersText({ message, remedy }: TwoWriters): string {
  return `${message}; ${remedy}`;
}
