import { z } from "zod";
import { hashedPolicies, mergedPolicies } from "../domain/policies.ts";
import type { RouteDefinition, SideDefinition, SourcePlace } from "../domain/route.ts";
import { scrubbed } from "../domain/scrub.ts";
import { isMessageRoute, type RouteMessage } from "../domain/websocket-api.ts";
import { rewriteOf, templateOf } from "../routing/index.ts";
import { compareOptions, withoutReasons } from "./compare-rules.ts";
import { type ConfigDocument, type DocumentPath, type ProblemList, textAt, valueAt } from "./document.ts";
import { EnvironmentText } from "./environment.ts";
import { formatPlace } from "./format-problems.ts";
import type { FrontDoorSettings } from "./front-door.ts";
import { gravePathsOfRoute } from "./grave-paths.ts";
import { guardsOf } from "./guards-schema.ts";
import { routeHash, servingHash } from "./hash.ts";
import { meantTemplate } from "./meant-template.ts";
import { suggestion } from "./nearest.ts";
import { policyProblems } from "./policies/check.ts";
import { type RouteInput, routeSchema } from "./route-schema.ts";
import { parsePart, shown, soundMembers } from "./schema-problems.ts";

/** A route and where its file says it. */
export interface PlacedRoute {
  readonly definition: RouteDefinition;
  readonly document: ConfigDocument;
  readonly base: DocumentPath;
}

/** What routes are checked against. */
export interface RouteContext {
  /** Undefined when fig.yaml itself is wrong: what routes need of it is then not checked. */
  readonly settings: FrontDoorSettings | undefined;
  readonly upstreamNames: readonly string[] | undefined;
  /** The names of all documents; undefined: fig.yaml is wrong. */
  readonly documents: readonly string[] | undefined;
  readonly mayHaveDefault: boolean;
  readonly problems: ProblemList;
  readonly warnings: string[];
}

/** An id as its file has it, also of a route that is wrong. */
export interface PlacedId {
  readonly id: string;
  readonly place: SourcePlace;
}

interface RoutesRead {
  readonly routes: readonly PlacedRoute[];
  readonly ids: readonly PlacedId[];
}

const fileShell = z.strictObject({
  routes: z.array(z.unknown()).nullish(),
  websockets: z.array(z.unknown()).nullish(),
});

/** Keys that a route needs to be checked against others. A wrong value of any other key is replaced by its default. */
const ESSENTIAL = ["id", "match", "legacy", "modern", "cohort", "sticky", "retired"] as const;

/** A wrong route with its right parts, so that all its problems are found at once. It is never used. */
function salvaged(value: unknown): RouteInput | undefined {
  const sound = soundMembers(routeSchema, value);
  if (ESSENTIAL.some((key) => !(key in sound))) return undefined;
  const defaults = soundMembers(routeSchema, { id: "", match: { path: "/" }, modern: "" });
  return { ...defaults, ...sound } as RouteInput;
}

export function checkUpstream(
  document: ConfigDocument,
  path: DocumentPath,
  subject: string,
  context: RouteContext,
): void {
  const { problems, upstreamNames } = context;
  const name = textAt(document.value, path);
  if (name === undefined || upstreamNames === undefined || upstreamNames.includes(name)) return;
  const remedy = suggestion(name, upstreamNames, "upstreams");
  problems.add(
    document.place(path),
    `${subject}: there is no upstream ${shown(valueAt(document.value, path))}`,
    remedy,
  );
}

/** Makes equal values one object: what many routes share then stays in the CPU's cache. */
export class Interned {
  private readonly known = new Map<string, unknown>();

  of<T>(value: T): T {
    const key = JSON.stringify(value);
    const same = this.known.get(key);
    if (same === undefined) this.known.set(key, value);
    return (same as T | undefined) ?? value;
  }
}

/** Reads the routes of one document: of a file, or of a program's `routes`. */
export function readRoutes(document: ConfigDocument, context: RouteContext): RoutesRead {
  const routes: PlacedRoute[] = [];
  const ids: PlacedId[] = [];
  if (document.value === null) return { routes, ids };
  parsePart(fileShell, document, [], "", context.problems);
  const list = valueAt(document.value, ["routes"]);
  if (!Array.isArray(list)) return { routes, ids };
  const interned = new Interned();
  for (const [index, value] of list.entries()) {
    const base = ["routes", index];
    const id = textAt(value, ["id"]);
    if (id !== undefined) ids.push({ id, place: document.place([...base, "id"]) });
    const given = valueAt(value, ["id"]);
    const subject = id === undefined ? "" : `route ${given instanceof EnvironmentText ? shown(given) : id}`;
    const input = parsePart(routeSchema, document, base, subject, context.problems) ?? salvaged(value);
    for (const side of ["legacy", "modern"]) {
      const about = subject === "" ? side : `${subject}: ${side}`;
      checkUpstream(document, [...base, side], about, context);
      checkUpstream(document, [...base, side, "upstream"], about, context);
    }
    if (input === undefined) continue;
    const placed = { definition: definitionOf(input, document, base, context, interned), document, base };
    checkRoute(placed, input, context);
    routes.push(placed);
  }
  return { routes, ids };
}

function sideOf(side: RouteInput["modern"]): SideDefinition {
  return typeof side === "string"
    ? { upstream: side, path: undefined }
    : {
        upstream: side.upstream,
        path: side.path,
        headers: side.headers,
        rewriteAnswers: side.rewriteAnswers ? undefined : false,
      };
}

function fallbackOf(fallback: RouteInput["fallback"]): RouteDefinition["fallback"] {
  if (fallback === undefined) return undefined;
  return { budgetPercent: fallback === "legacy" ? 100 : fallback.budget };
}

function legacyOf(input: RouteInput, context: RouteContext): SideDefinition | undefined {
  if (input.legacy !== undefined) return sideOf(input.legacy);
  const upstream = context.settings?.defaultUpstream;
  return input.retired || upstream === undefined ? undefined : { upstream, path: undefined };
}

/** `message`: it is a route of a WebSocket API's. */
export function definitionOf(
  input: RouteInput,
  document: ConfigDocument,
  base: DocumentPath,
  context: RouteContext,
  interned: Interned,
  message?: RouteMessage,
): RouteDefinition {
  const { id, match, shadow, compare } = input;
  const hashed = {
    id,
    match: {
      path: match.path,
      methods: match.methods === undefined ? undefined : [...new Set(match.methods)],
      host: match.host,
      headers: match.headers,
      query: match.query,
      operations: match.operations === undefined ? undefined : [...new Set(match.operations)],
      encodedSlash: match.encodedSlash === "keep" ? ("keep" as const) : undefined,
      caseSensitive: match.caseSensitive ? undefined : (false as const),
      trailingSlash: match.trailingSlash === "any" ? ("any" as const) : undefined,
    },
    legacy: interned.of(legacyOf(input, context) ?? null) ?? undefined,
    modern: interned.of(sideOf(input.modern)),
    cohort: input.cohort ?? id,
    sticky: interned.of(input.sticky),
    retired: input.retired,
    shadow: {
      writes: shadow.writes,
      timeoutMs: shadow.timeout,
      maxBodyBytes: shadow.maxBody,
      eventStreamsMs: shadow.eventStreams,
      concurrency: shadow.concurrency,
      headers: shadow.headers,
      safe: shadow.safe === false ? undefined : shadow.safe,
    },
    compare: compareOptions(compare),
    fallback: fallbackOf(input.fallback),
    headers: input.headers,
    errors: input.errors,
    ...(message === undefined ? {} : { message }),
  };
  const everywhere = isMessageRoute({ message }) ? {} : (context.settings?.policies ?? {});
  const policies = interned.of(mergedPolicies(everywhere, input.policies));
  const upstreams = context.settings?.upstreams ?? new Map();
  return {
    ...hashed,
    policies,
    start: input.start,
    formerly: input.formerly,
    resplit: input.resplit,
    pinAfterWriteMs: input.pinAfterWrite,
    guards: interned.of(guardsOf(context.settings?.guards, input.guards) ?? null) ?? undefined,
    hash: routeHash(
      { ...hashed, policies: hashedPolicies(policies), compare: withoutReasons(hashed.compare) },
      upstreams,
    ),
    servingHash: servingHash({ ...hashed, policies: hashedPolicies(policies) }, upstreams),
    source: document.place(base),
  };
}

function checkSides(placed: PlacedRoute, input: RouteInput, context: RouteContext): void {
  const { definition, document, base } = placed;
  const { problems } = context;
  const template = templateOf(definition.match.path);
  for (const side of ["legacy", "modern"] as const) {
    const path = definition[side]?.path;
    if (path === undefined || "problem" in template) continue;
    const rewrite = rewriteOf(path, template.names);
    if ("problem" in rewrite) {
      const place = document.place([...base, side, "path"]);
      problems.add(place, `route ${definition.id}: ${side}: ${rewrite.problem}`, rewrite.remedy);
    }
  }
  if (input.legacy === undefined && !input.retired && !context.mayHaveDefault) {
    problems.add(
      document.place(base),
      `route ${definition.id}: legacy is left out, and fig.yaml has no default upstream`,
      "write legacy, set default in fig.yaml, or declare the route retired",
    );
  }
}

/** Mappings of a route whose keys are header names. */
const NAMED_HEADERS: readonly (readonly string[])[] = [
  ["match", "headers"],
  ["shadow", "headers", "set"],
  ...[[], ["legacy"], ["modern"]].flatMap((side) =>
    ["request", "answer"].map((way) => [...side, "headers", way, "set"]),
  ),
];

/** A name written twice with other letters: one of the two values would be lost. */
function checkHeaderNames({ definition, document, base }: PlacedRoute, problems: ProblemList): void {
  for (const keys of NAMED_HEADERS) {
    const seen = new Set<string>();
    for (const name of Object.keys(valueAt(document.value, [...base, ...keys]) ?? {})) {
      const place = document.place([...base, ...keys, name], "key");
      const lower = name.toLowerCase();
      const where = `route ${definition.id}: ${keys.join(".")}`;
      if (seen.has(lower)) problems.add(place, `${where}: ${lower} appears twice`, "keep one of them");
      if (lower === "host" && keys[0] === "match")
        problems.add(place, `${where}: the host is matched by match.host`, "write match.host");
      seen.add(lower);
    }
  }
}

/** What other routers read as a capture is only text here: it passes, and matches next to nothing. */
function checkCaptures({ definition, document, base }: PlacedRoute, warnings: string[]): void {
  const paths = [
    ["match", definition.match.path],
    ["legacy", definition.legacy?.path],
    ["modern", definition.modern.path],
  ] as const;
  for (const [part, path] of paths) {
    if (path === undefined) continue;
    const meant = meantTemplate(path);
    if (meant === undefined) continue;
    const at = formatPlace(document.place([...base, part, "path"]));
    const does = part === "match" ? "matches" : "sends";
    warnings.push(
      `${at}: route ${definition.id}: ${part}.path "${scrubbed(path)}" ${does} these characters as they stand — write ${scrubbed(meant)} for a capture, or %3A and %2A for a literal : and *`,
    );
  }
}

/** At the route's own key, or where the route stands if the policy is fig.yaml's. */
function checkPolicies(
  { definition, document, base }: PlacedRoute,
  { problems, documents }: RouteContext,
): void {
  for (const { path, message, remedy } of policyProblems(definition, documents)) {
    const own = valueAt(document.value, [...base, "policies", ...path]) !== undefined;
    const place = document.place(own ? [...base, "policies", ...path] : base);
    problems.add(place, `route ${definition.id}: policies.${path.join(".")}: ${message}`, remedy);
  }
}

/** Those of fig.yaml, for what no route matches. What is wrong with each route's has been said of the first one. */
export function checkDefaultPolicies(
  route: RouteDefinition,
  fig: ConfigDocument,
  { settings, problems, documents, warnings }: RouteContext,
): void {
  if (settings?.defaultUpstream === undefined) return;
  for (const { path, message, remedy } of policyProblems(route, documents)) {
    const text = `policies.${path.join(".")}: ${message}`;
    const [policy] = path;
    if (problems.sorted().some((problem) => problem.message.endsWith(text))) continue;
    // These hang on the route: what no route matches may do without.
    if (policy === "limit" || policy === "redirect")
      warnings.push(
        `${formatPlace(fig.place(["policies", policy]))}: what no route matches: ${text} — ${remedy}`,
      );
    else problems.add(fig.place(["policies", ...path]), text, remedy);
  }
}

export function checkRoute(placed: PlacedRoute, input: RouteInput, context: RouteContext): void {
  const { definition, document, base } = placed;
  const { problems, settings, warnings } = context;
  checkSides(placed, input, context);
  checkPolicies(placed, context);
  checkHeaderNames(placed, problems);
  checkCaptures(placed, warnings);
  warnings.push(...gravePathsOfRoute(definition, input.guards, placed));
  if (definition.start.modern > 0 && definition.shadow.writes === "sandboxed") {
    problems.add(
      document.place([...base, "start", "modern"]),
      `route ${definition.id}: start.modern is above 0 while shadow.writes is sandboxed, which holds only while modern is 0`,
      "set start.modern to 0, or shadow.writes to never",
    );
  }
  const memory = settings?.limits.shadowMemoryBytes;
  if (memory !== undefined && definition.shadow.maxBodyBytes > memory) {
    problems.add(
      document.place([...base, "shadow", "maxBody"]),
      `route ${definition.id}: shadow.maxBody is above limits.shadowMemory, so a body of that size is never compared`,
      "lower it, or raise limits.shadowMemory in fig.yaml",
    );
  }
  const ip = definition.sticky.findIndex(({ kind }) => kind === "ip");
  if (ip >= 0 && ip < definition.sticky.length - 1) {
    const at = formatPlace(document.place([...base, "sticky", ip + 1]));
    warnings.push(
      `${at}: route ${definition.id}: sticky: ip is always there, so the sources after it are never used`,
    );
  }
}
