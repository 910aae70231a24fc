import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/index.ts";
import { compileNetworks } from "../../src/domain/client-address.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import { defaultRoute } from "../../src/domain/default-route.ts";
import { aliasesOf, emptyLedger, fold, type LedgerState, positionOf } from "../../src/domain/fold.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import type { Position } from "../../src/domain/position.ts";
import { type TableImage, tableImage } from "../../src/domain/table-image.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { type DecisionSettings, decide } from "../../src/routing/decide.ts";
import { compileTable } from "../../src/routing/index.ts";
import { liveRoute } from "../../src/routing/live-route.ts";
import { changesAnswers, type TableChanges, tableChanges } from "../../src/routing/table-changes.ts";
import { anEntry } from "../domain/definitions.ts";

/** `fig check --against` tells what `decide` does, on files that are generated. */

const SETTINGS: DecisionSettings = {
  ...{ trusted: compileNetworks([]), trustedHeaders: new Set(), forwarded: "x", underscoreHeaders: "drop" },
  ...{ ambiguousPaths: "reject", maxUrlBytes: 0, maxBodyBytes: 0 },
};
const NO_PINS = { now: () => 0, of: () => undefined };
const IDS = ["r0", "r1", "r2", "r3", "r4"];
const HOSTS = ["one.test", "two.test"];
/** Each route's start is its own, so that files that are swapped begin alike. */
const STARTS: readonly Position[] = [
  { modern: 0, shadow: 0 },
  { modern: 25, shadow: 0 },
  { modern: 0, shadow: 100 },
  { modern: 100, shadow: 0 },
  { modern: 50, shadow: 20 },
];

const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(usual) },
    ...others.map((other) => ({ weight: 1, arbitrary: fc.constant(other) })),
  );

const path = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "A", "{}"), { minLength: 1, maxLength: 3 }),
    often("", "/{rest+}", "/"),
  )
  .map(
    ([segments, end]) =>
      `/${segments.map((text, at) => (text === "{}" ? `{p${at}}` : text)).join("/")}${end}`,
  );

const matchOf = fc.record({
  path,
  methods: often<string[] | undefined>(undefined, ["GET"], ["POST"], ["GET", "PUT"]),
  host: often<string | undefined>(undefined, ...HOSTS),
  headers: often<object | undefined>(undefined, { "x-kind": "k" }),
  query: often<object | undefined>(undefined, { v: "1" }),
  operations: often<string[] | undefined>(undefined, ["GetCart"], ["GetCart", "AddItem"]),
  caseSensitive: often<boolean | undefined>(undefined, false),
  trailingSlash: often<string | undefined>(undefined, "any"),
});

const routeOf = (id: string) =>
  fc
    .record({
      match: matchOf,
      legacy: fc.constantFrom("old", "third"),
      modern: fc.constantFrom("new", "other"),
      retired: often(false, true),
      cohort: often<string | undefined>(undefined, "all"),
    })
    .map(({ match, legacy, retired, ...route }) => ({
      ...{ id, match, ...route, sticky: ["header:x-user"] },
      ...(retired ? { retired } : { legacy, start: STARTS[IDS.indexOf(id)] }),
    }));

interface Files {
  readonly routes: readonly object[];
  readonly default: string | undefined;
  readonly chat: object | undefined;
}

const message = (name: string) => ({
  legacy: "old",
  modern: "new",
  start: { modern: name === "a" ? 50 : 0 },
});
const chatOf = fc
  .record({
    path: fc.constantFrom("/a", "/b/a"),
    routes: fc.subarray(["a", "b", "$default", "$connect"], { minLength: 1 }),
  })
  .map(({ path: at, routes }) => ({
    ...{ id: "chat", path: at },
    routes: Object.fromEntries(routes.map((name) => [name, message(name)])),
  }));

const filesOf: fc.Arbitrary<Files> = fc.record({
  routes: fc.subarray(IDS).chain((ids) => fc.tuple(...ids.map(routeOf))),
  default: often<string | undefined>("old", undefined, "third"),
  chat: fc.option(chatOf, { nil: undefined }),
});

const UPSTREAMS = Object.fromEntries(
  ["old", "third", "new", "other"].map((name, at) => [name, `http://127.0.0.1:${at + 1}`]),
);

function parsed({ routes, default: other, chat }: Files) {
  const clean = (value: object) => JSON.parse(JSON.stringify(value)) as object;
  return parseConfig({
    ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", upstreams: UPSTREAMS },
    ...(other === undefined ? {} : { default: other }),
    ...{ routes: routes.map(clean), websockets: chat === undefined ? [] : [clean(chat)] },
  } as never);
}

/** Routes that tie with one before them are left out: no files pass with them. */
function sound(files: Files): Files {
  let kept: Files = { ...files, routes: [] };
  if (!parsed(kept).ok) kept = { ...kept, chat: undefined };
  for (const route of files.routes) {
    const more = { ...kept, routes: [...kept.routes, route] };
    if (parsed(more).ok) kept = more;
  }
  return kept;
}

function configOf(files: Files): FrontDoorConfig {
  const result = parsed(files);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

/** What the ledger says under these files. */
function ledgerOf(config: FrontDoorConfig, entries: readonly LedgerEntry[]): LedgerState {
  return fold(emptyLedger(aliasesOf(config.routes)), entries);
}

/** As the admin API tells it of a front door (control/files/table). */
function imageOf(config: FrontDoorConfig, state: LedgerState): TableImage {
  const standing = new Set(config.routes.filter(({ retired }) => !retired).map(({ id }) => id));
  return {
    ...tableImage(config, ({ id }) => state.routes.get(id)?.position),
    left: [...state.routes.values()]
      .filter(({ route, continuedBy }) => continuedBy === undefined && !standing.has(route))
      .map(({ route, position: { modern, shadow } }) => ({ id: route, modern, shadow })),
  };
}

interface Asking {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly kind: boolean;
  readonly v: boolean;
  readonly operations: readonly string[];
  readonly user: string;
}

const asking: fc.Arbitrary<Asking> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  path: fc
    .tuple(fc.array(fc.constantFrom("a", "b", "A", "zz"), { minLength: 1, maxLength: 5 }), often("", "/"))
    .map(([segments, end]) => `/${segments.join("/")}${end}`),
  host: often("any.test", ...HOSTS),
  kind: fc.boolean(),
  v: fc.boolean(),
  operations: often<string[]>([], ["GetCart"], ["AddItem"], ["GetCart", "AddItem"], ["Others"]),
  user: fc.nat(20).map((number) => `user-${number}`),
});

interface Decided {
  /** Null: nobody takes it. */
  readonly route: string | null;
  readonly server: string | null;
  readonly shadow: number;
}

/** Decides as a front door does that has these files and this ledger; undefined: it refuses the request as such. */
function decider(config: FrontDoorConfig, state: LedgerState) {
  const live = (route: FrontDoorConfig["routes"][number]) =>
    liveRoute(
      route,
      { route: route.id, position: positionOf(state, route), revision: 0, epoch: 0 },
      (window) => new WindowTally(window),
    );
  const fallback = config.defaultUpstream === undefined ? undefined : live(defaultRoute(config));
  const table = compileTable(config.routes.map(live), fallback);
  return (asked: Asking): Decided | undefined => {
    const { method, host, kind, v, operations, user } = asked;
    const fields = ["Host", host, "x-user", user, ...(kind ? ["x-kind", "k"] : [])];
    const head = {
      ...{ method, version: "1.1", remoteAddress: "192.0.2.1", encrypted: false, certificate: undefined },
      target: `${asked.path}${v ? "?v=1" : ""}`,
      headers: [...fields, "content-type", "application/json"],
      ...{ framing: method === "POST" ? 10 : 0, upgrade: false, expectContinue: false },
    };
    const said =
      operations.length === 0 || method !== "POST"
        ? ({ kind: "unread", why: "none" } as const)
        : ({ kind: "graphql", names: operations } as const);
    const made = decide(table, SETTINGS, head as never, () => "0".repeat(32), NO_PINS, said);
    if (made.refusal === "no_route") return { route: null, server: null, shadow: 0 };
    if (made.refusal !== undefined || made.live === undefined) return undefined;
    const { definition, position } = made.live;
    return {
      route: definition.id,
      server: (made.side === "legacy" ? definition.legacy : definition.modern)?.upstream ?? "none",
      shadow: made.unshadowed === undefined ? position.shadow : 0,
    };
  };
}

const shifts = fc.array(
  fc.record({
    id: fc.constantFrom(...IDS),
    modern: fc.constantFrom(0, 30, 100),
    shadow: fc.constantFrom(0, 100),
  }),
  { maxLength: 3 },
);

function entriesOf(
  list: readonly { readonly id: string; readonly modern: number; readonly shadow: number }[],
) {
  return list.map(({ id, modern, shadow }, at) => {
    const to = { modern, shadow };
    return anEntry(at + 1, [{ route: id, from: { modern: 0, shadow: 0 }, to }]);
  });
}

const emptied = (changes: TableChanges) => Object.values(changes).flat();

test("files against themselves change nothing, whatever the ledger says", () => {
  fc.assert(
    fc.property(filesOf, shifts, (given, moves) => {
      const config = configOf(sound(given));
      const changes = tableChanges(imageOf(config, ledgerOf(config, entriesOf(moves))), tableImage(config));
      expect(emptied(changes)).toEqual([]);
      expect(changesAnswers(changes)).toBe(false);
    }),
    { numRuns: 60 },
  );
});

/** One of the files' routes goes on under another id. */
function renamed(files: Files, from: string | undefined): Files {
  if (from === undefined) return files;
  return {
    ...files,
    routes: files.routes.map((route) =>
      (route as { id: string }).id === from
        ? { cohort: from, ...route, id: `${from}.new`, formerly: [from] }
        : route,
    ),
  };
}

test("what is told to move is what decide moves: route, server and shadow of every request", () => {
  let movedOnce = 0;
  fc.assert(
    fc.property(
      ...([filesOf, filesOf, shifts, fc.option(fc.constantFrom(...IDS), { nil: undefined })] as const),
      fc.array(asking, { minLength: 40, maxLength: 40 }),
      (given, planned, moves, name, requests) => {
        const now = configOf(sound(given));
        const next = configOf(sound(renamed(sound(planned), name)));
        const entries = entriesOf(moves);
        const [state, after] = [ledgerOf(now, entries), ledgerOf(next, entries)];
        const changes = tableChanges(imageOf(now, state), tableImage(next));
        const heirs = new Map([...aliasesOf(next.routes), ...next.routes.map(({ id }) => [id, id] as const)]);
        const [was, is] = [decider(now, state), decider(next, after)];
        for (const request of requests) {
          const [from, to] = [was(request), is(request)];
          if (from === undefined || to === undefined) continue;
          const stays =
            from.route === to.route || (from.route !== null && heirs.get(from.route) === to.route);
          const told = changes.moved.find((one) => one.from === from.route && one.to === to.route);
          const answers = changes.answers.find(({ route }) => route === to.route);
          const context = JSON.stringify({ request, from, to, changes });
          if (!stays) movedOnce++;
          if (!stays) expect(told, context).toBeDefined();
          const clients = stays ? (answers?.clients ?? 0) : (told?.clients ?? 0);
          if (from.server !== to.server) expect(clients, context).toBeGreaterThan(0);
          if (from.server === to.server) expect(clients, context).toBeLessThan(100);
          if (stays && from.shadow !== to.shadow)
            expect(
              changes.shadows.some(({ route }) => route === to.route) || answers !== undefined,
              context,
            ).toBe(true);
        }
        expect(changesAnswers(changes)).toBe(
          changes.moved.some(({ clients }) => clients > 0) ||
            changes.answers.length > 0 ||
            changes.unreachable.length > 0,
        );
      },
    ),
    { numRuns: 150 },
  );
  expect(movedOnce).toBeGreaterThan(200);
});

/** Without examples, which name whatever was found first, and in no order. */
function bare(changes: TableChanges) {
  const sorted = <T>(list: readonly T[]) => list.map((each) => JSON.stringify(each)).sort();
  return {
    ...{ added: sorted(changes.added), removed: sorted(changes.removed) },
    moved: sorted(changes.moved.map(({ example: _, ...rest }) => rest)),
    ...{ answers: sorted(changes.answers), shadows: sorted(changes.shadows) },
    unreachable: sorted(changes.unreachable.map(({ route }) => route)),
    policies: sorted(changes.policies),
  };
}

test("the order of files and of routes in them does not matter", () => {
  fc.assert(
    fc.property(filesOf, filesOf, shifts, fc.nat(23), (given, planned, moves, turn) => {
      const [now, next] = [sound(given), sound(planned)];
      const turned = (files: Files): Files => {
        const at = turn % Math.max(1, files.routes.length);
        return { ...files, routes: [...files.routes.slice(at), ...files.routes.slice(0, at)].reverse() };
      };
      const told = (a: Files, b: Files) => {
        const config = configOf(a);
        return bare(
          tableChanges(imageOf(config, ledgerOf(config, entriesOf(moves))), tableImage(configOf(b))),
        );
      };
      expect(told(turned(now), turned(next))).toEqual(told(now, next));
    }),
    { numRuns: 60 },
  );
});

test("where nothing was shifted, what moves the one way moves back the other way", () => {
  fc.assert(
    fc.property(filesOf, filesOf, (given, planned) => {
      const [now, next] = [given, planned].map((files) => tableImage(configOf(sound(files)))) as [
        TableImage,
        TableImage,
      ];
      const [there, back] = [tableChanges(now, next), tableChanges(next, now)];
      expect([...back.added].sort()).toEqual([...there.removed].sort());
      expect([...back.removed].sort()).toEqual([...there.added].sort());
      const moves = ({ moved }: TableChanges, turned: boolean) =>
        moved
          .map(({ from, to, clients }) => `${turned ? `${to} ${from}` : `${from} ${to}`} ${clients}`)
          .sort();
      expect(moves(back, true)).toEqual(moves(there, false));
      const answers = ({ answers: list }: TableChanges) =>
        list.map(({ route, clients }) => `${route} ${clients}`).sort();
      expect(answers(back)).toEqual(answers(there));
    }),
    { numRuns: 60 },
  );
});

test("every example that is told is one: decided again, it goes where it is said to go", () => {
  const told = /^(\w+) (?:\/\/([^/]+))?(\/[^ ]*)/;
  fc.assert(
    fc.property(filesOf, filesOf, (given, planned) => {
      const [now, next] = [configOf(sound(given)), configOf(sound(planned))];
      const { moved } = tableChanges(tableImage(now), tableImage(next));
      const [was, is] = [now, next].map((config) => decider(config, ledgerOf(config, [])));
      for (const { from, to, example } of moved) {
        const [, method = "", host = "any.test", target = ""] = told.exec(example) ?? [];
        const conditional = [...now.routes, ...next.routes].some(
          ({ match }) => Object.keys(match.headers).length > 0 || match.operations !== undefined,
        );
        // Neither headers nor bodies are shown.
        if (target === "" || conditional) continue;
        const [path = "", query] = target.replaceAll("…", "zz").split("?");
        const request = {
          method,
          host,
          path,
          kind: false,
          v: query !== undefined,
          operations: [],
          user: "u",
        };
        expect([was?.(request)?.route, is?.(request)?.route], example).toEqual([from, to]);
      }
    }),
    { numRuns: 60 },
  );
});
