import { posix } from "node:path";
import { bareLines, codeLines, importsOf } from "./imports.ts";

/** Path below src to its text. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Which floor a room is on; imports go down only. `contract.ts` of a room on floor 2 to 4 is on floor 1 (FLOOR_ONE_CONTRACTS)
 * when it holds nothing but shapes that lower floors meet at.
 */
const FLOORS: Readonly<Record<string, number>> = {
  domain: 0,
  wire: 1,
  routing: 1,
  compare: 1,
  store: 2,
  backends: 2,
  lanes: 2,
  observe: 2,
  layers: 2,
  acme: 2,
  tokens: 2,
  bodies: 2,
  asking: 2,
  aws: 2,
  logins: 2,
  websockets: 2,
  proxy: 3,
  control: 3,
  config: 3,
  admin: 4,
  cli: 4,
  demo: 4,
  serving: 5,
  "front-door": 5,
};

const FLOOR_ONE_CONTRACTS = new Set([
  "store",
  "backends",
  "bodies",
  "lanes",
  "observe",
  "layers",
  "serving",
  "asking",
  "aws",
  "tokens",
  "logins",
  "websockets",
]);

/** Files that stand in no room: the composition and what only it may use. */
const ROOT_FILES = new Set(["main.ts", "index.ts", "clock.ts", "engine.ts", "version.ts"]);

/** Rooms of one floor that may use each other: the command starts the demo, and a decision reads HTTP. */
const SAME_FLOOR = new Set(["cli demo", "routing wire", "layers routing", "serving routing"]);

/**
 * The halves of a front door meet at serving/contract, which could be spoken between processes: the rooms that each leaves to the
 * other, contracts apart. That a front door makes what serves is where the halves are put together.
 */
const OTHER_HALF: Readonly<Record<string, readonly string[]>> = {
  serving: ["admin", "cli", "config", "control", "demo", "front-door", "store"],
  "front-door": ["backends", "layers", "proxy", "serving"],
};
const PUT_TOGETHER = new Set([
  "front-door/open-serving.ts serving/serving.ts",
  "front-door/open-serving.ts serving/workers/workers.ts",
]);

/** What implementations may use of floor 1, beside contracts. */
const FLOOR_ONE_USES: Readonly<Record<string, readonly string[]>> = {
  store: [],
  backends: ["wire"],
  lanes: ["wire"],
  observe: [],
  layers: ["wire", "routing"],
  acme: [],
  tokens: [],
  bodies: [],
  asking: [],
  aws: ["wire"],
  logins: [],
  websockets: ["routing"],
};

/** Packages by the rooms, or the folders of them, that may use them. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "acme-client": ["acme"],
  ajv: ["bodies"],
  "ajv-formats": ["bodies"],
  re2js: ["bodies"],
  commander: ["cli"],
  express: ["admin"],
  "http-cache-semantics": ["layers/cache"],
  "@redis/client": ["store"],
  jose: ["tokens"],
  jsonata: ["bodies", "config"],
  "lru-cache": ["compare", "layers/authorizer", "logins", "tokens"],
  "openid-client": ["logins"],
  parse5: ["compare/bodies"],
  pino: ["observe"],
  "prom-client": ["observe"],
  saxes: ["compare/bodies"],
  ws: ["websockets"],
  yaml: ["config"],
  zod: ["config", "control/schemas", "admin"],
};

/** Modules of Node by the rooms of the floors below 2, and by the use cases, that may use them. */
const NODE_MODULES: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  wire: [],
  routing: [],
  compare: ["node:buffer", "node:crypto", "node:module", "node:os", "node:zlib"],
  proxy: [],
  control: [],
};
/** The comparing thread, and the heap it is given. */
const WORKER_MODULES = new Set(["node:worker_threads", "node:v8"]);
/** It is wired where it is spoken to. */
const WORKER_WIRING = /^compare\/(compare-worker|heap|worker(-[a-z]+)*)\.ts$/;

const AMBIENT =
  /\bDate\.now\b|\bMath\.random\b|\bperformance\.now\b|\bnew Date\(\)|\bprocess\.hrtime\b|\brandom(?:Bytes|UUID|Int|FillSync)\b|\bgetRandomValues\b/;
/** The other side by name, or spelled out. */
const OTHER_SIDE = /\botherSide\b|=== "legacy" \? "modern" : "legacy"|=== "modern" \? "legacy" : "modern"/;
const ANY = /[:<|&,(]\s*any\b(?!\s*[:(])|\bas any\b|\bany\[\]|=>\s*any\b/;

export const MAX_LINES = 400;

function roomOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

function isLowContract(file: string): boolean {
  return (
    file.endsWith("/contract.ts") && FLOOR_ONE_CONTRACTS.has(roomOf(file)) && file.split("/").length === 2
  );
}

function floorOf(file: string): number | undefined {
  if (ROOT_FILES.has(file)) return 5;
  return isLowContract(file) ? 1 : FLOORS[roomOf(file)];
}

function importProblem(file: string, target: string): string | undefined {
  const [room, other] = [roomOf(file), roomOf(target)];
  const [from, to] = [floorOf(file), floorOf(target)];
  if (from === undefined) return `${file} stands in a room that CONTRIBUTING.md does not know`;
  if (to === undefined) return `${file} imports ${target}, in a room that CONTRIBUTING.md does not know`;
  if (OTHER_HALF[room]?.includes(other) && !isLowContract(target) && !PUT_TOGETHER.has(`${file} ${target}`))
    return `${file} imports ${target}: the other half of a front door is met at its contract`;
  if (from === 5) return undefined;
  if (room === other && !(isLowContract(file) && !isLowContract(target))) return undefined;
  if (isLowContract(target) && (from > 1 || isLowContract(file))) return undefined;
  if (from === 2 && to === 1 && !FLOOR_ONE_USES[room]?.includes(other))
    return `${file} imports ${target}: ${room} does without ${other}`;
  // Where use cases must not know how things are done, nor admin and cli.
  if (to === 2) return `${file} imports ${target}, an implementation: use its contract`;
  if (to < from && !(to === 3 && other === "proxy")) return undefined;
  if (to === from && SAME_FLOOR.has(`${room} ${other}`)) return undefined;
  return `${file} (floor ${from}) imports ${target} (floor ${to}): imports go down only`;
}

function packageProblem(file: string, name: string): string | undefined {
  const room = roomOf(file);
  if (name.startsWith("node:")) {
    if (WORKER_MODULES.has(name) && WORKER_WIRING.test(file)) return undefined;
    const allowed = isLowContract(file) ? [] : NODE_MODULES[room];
    return allowed === undefined || allowed.includes(name)
      ? undefined
      : `${file} imports ${name}: ${room} may not`;
  }
  // A file of a package is the package's.
  const rooms = PACKAGES[name] ?? PACKAGES[name.split("/", 1)[0] as string];
  if (rooms === undefined) return `${file} imports ${name}, a package that no room is known to use`;
  return rooms.some((place) => file.startsWith(`${place}/`))
    ? undefined
    : `${file} imports ${name}, which is ${rooms.join(" and ")}'s`;
}

function importsWithin(file: string, text: string): { local: string[]; packages: string[] } {
  const local: string[] = [];
  const packages: string[] = [];
  for (const name of importsOf(text)) {
    if (name.startsWith(".")) local.push(posix.join(posix.dirname(file), name));
    else packages.push(name);
  }
  return { local, packages };
}

/** Every import that does not go down, and every package and Node module used where it does not belong. */
export function floorProblems(sources: Sources): readonly string[] {
  const problems: (string | undefined)[] = [];
  for (const [file, text] of sources) {
    const { local, packages } = importsWithin(file, text);
    for (const target of local) {
      // `../package.json` and the like are no rooms.
      if (target.startsWith("..")) continue;
      problems.push(
        sources.has(target) ? importProblem(file, target) : `${file} imports ${target}: no such file`,
      );
    }
    for (const name of packages) problems.push(packageProblem(file, name));
  }
  return problems.filter((problem) => problem !== undefined);
}

/** Circles of imports, each once, as `a -> b -> a`. Types count: a circle of types is a room cut in the wrong place. */
export function circles(sources: Sources): readonly string[] {
  const edges = new Map(
    [...sources].map(([file, text]) => [
      file,
      importsWithin(file, text).local.filter((target) => sources.has(target)),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      found.push([...trail.slice(at), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}

/** What CONTRIBUTING.md's habits forbid inside a file. */
export function habitProblems(sources: Sources): readonly string[] {
  const problems: string[] = [];
  for (const [file, text] of sources) {
    const lines = text.endsWith("\n") ? text.split("\n").length - 1 : text.split("\n").length;
    if (lines > MAX_LINES) problems.push(`${file} has ${lines} lines: never over ${MAX_LINES}`);
    if (!/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(file))
      problems.push(`${file}: names are kebab-case`);
    if (/(?:^|\/)(?:utils?|helpers?|types|misc|common)\.ts$/.test(file))
      problems.push(`${file}: a name that says nothing`);
    const written = codeLines(text);
    for (const [index, line] of bareLines(text).entries()) {
      const where = `${file}:${index + 1}`;
      if (roomOf(file) !== "domain" && OTHER_SIDE.test(written[index] as string))
        problems.push(`${where}: which side is the other one is for domain to say, as in shadowSideOf`);
      if (file !== "clock.ts" && AMBIENT.test(line))
        problems.push(`${where}: time and randomness come from a Clock`);
      if (/^\s*export default\b/.test(line)) problems.push(`${where}: a default export`);
      if (ANY.test(line)) problems.push(`${where}: any`);
    }
  }
  return problems;
}
