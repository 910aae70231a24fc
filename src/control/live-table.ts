import type { FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { FigError, figErrorOf } from "../domain/errors.ts";
import {
  aliasesOf,
  emptyLedger,
  fold,
  goneRoutes,
  type LedgerState,
  positionOf,
  sameAliases,
} from "../domain/fold.ts";
import { type Lowered, lowest } from "../domain/guard-plan.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { heldAt, holdsAll, type LocalRollback } from "../domain/local-rollback.ts";
import { type Placement, placementOf } from "../domain/placement.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { isRetiredHash, RETIRED_HASH } from "../domain/route-hash.ts";
import { servingConfig } from "../domain/serving-config.ts";
import type { Log } from "../observe/contract.ts";
import type { PlacingMessages } from "../serving/contract.ts";
import type { DefinitionEpoch, LastKnown, LastKnownKeeper, Store } from "../store/contract.ts";
import type { LedgerInForce } from "./contract.ts";
import { goneUnlessRetired } from "./gone.ts";
import { sameEntry } from "./ledger-view.ts";
import { checkSplits, notedSplit, type Resplit, resplitOf } from "./resplit.ts";
import { lostEntries } from "./rewind-watch.ts";
import { type StoodApart, stoodApart } from "./stood-apart.ts";

interface LiveTableOptions {
  readonly store: Store;
  readonly serving: PlacingMessages;
  readonly log: Log;
  /** Given for a store that may be away when this front door starts. */
  readonly copy?: LastKnownKeeper | undefined;
}

interface InForce {
  readonly config: FrontDoorConfig;
  readonly definitions: ReadonlyMap<string, RouteDefinition>;
  readonly epochs: ReadonlyMap<string, DefinitionEpoch>;
}

type Noted = ReadonlyMap<string, { readonly hash: string }> | undefined;

/** A ledger read so far, and the entries this reading added. */
interface Reading {
  readonly state: LedgerState;
  readonly entries: readonly LedgerEntry[];
}

/** The ids a table has a live route for: the files', and `(default)` where there is a default upstream. */
function definitionsOf(config: FrontDoorConfig): ReadonlyMap<string, RouteDefinition> {
  const all = config.defaultUpstream === undefined ? config.routes : [...config.routes, defaultRoute(config)];
  return new Map(all.map((route) => [route.id, route]));
}

function checkGone(state: LedgerState, config: FrontDoorConfig, noted: Noted): void {
  const gone = goneUnlessRetired(state, config.routes, noted);
  if (gone.length === 0) return;
  const problems = gone.map(({ route, position }) => ({
    file: config.file ?? "fig.yaml",
    line: 1,
    column: 1,
    message: `route ${route} is gone from the files while its modern stands at ${position.modern}`,
    remedy: `put it back, and shift it to modern 0 or let a front door load it with \`retired: true\` before it goes; or write \`formerly: [${route}]\` and its cohort in the route that replaces it`,
  }));
  throw new FigError("invalid_files", problems.map((problem) => problem.message).join("; "), {
    remedy: problems[0]?.remedy ?? "",
    details: { problems },
  });
}

/** The last known epochs. A definition that changed since then gets the next one, as the store will give it. */
function epochsFrom(
  last: LastKnown | undefined,
  noted: readonly { readonly route: string; readonly hash: string }[],
): ReadonlyMap<string, DefinitionEpoch> {
  return new Map(
    noted.map(({ route, hash }) => {
      const known = last?.definitions.get(route);
      const { epoch, since } = known ?? { epoch: 0, since: 0 };
      return [route, { epoch: known?.hash === hash ? epoch : epoch + 1, since }];
    }),
  );
}

/** When Redis refuses (a changed password, say): a front door that served by it before has a copy, and goes on serving. */
function mayServeWithout(error: unknown, last: LastKnown | undefined): boolean {
  const code = figErrorOf(error)?.code;
  return code === "store_unavailable" || (code === "store_invalid" && last !== undefined);
}

/** Files and ledger of one front door, and from them the table of what serves. Every change is one swap. */
export class LiveTable {
  private readonly options: LiveTableOptions;
  private state: LedgerState = emptyLedger();
  private inForce: InForce | undefined;
  /** The newest entry in force. */
  newest: LedgerEntry | undefined;
  /** Resolves when those that serve have what was last placed, and so all before it. */
  placed: Promise<void> = Promise.resolve();
  /** What is in force came from the copy, or from nothing: the store could not be reached yet. */
  fromCopy = false;
  private held: LocalRollback | undefined = undefined;
  /** What guards of this door took back and no entry says yet. */
  private lowered: ReadonlyMap<string, Position> = new Map();
  /** Entries last known on this host that the store did not have when it was first read. */
  lost: readonly LedgerEntry[] = [];
  private compared = false;
  /** Where this door stood higher than an emergency position of another one; taken away once it is in the store. */
  apart: readonly StoodApart[] = [];
  /** Before it, a retirement is not noted: clients that were never served here have not seen it. */
  private listens = false;
  /** Splits that the files changed, as their routes accept: they are to be written to the ledger. */
  private resplits: readonly Resplit[] = [];

  constructor(options: LiveTableOptions) {
    this.options = options;
  }

  get ledger(): Omit<LedgerInForce, "rewound"> {
    const { state, newest } = this;
    return { state, newest, whole: !this.fromCopy };
  }

  get revision(): number {
    return this.state.revision;
  }

  config(): FrontDoorConfig {
    if (this.inForce === undefined) throw new FigError("not_started", "the front door has not started yet");
    return this.inForce.config;
  }

  /** Where the files' routes stand here, in their order: what is held lower than the ledger included. */
  positions(): readonly (Position & { readonly route: string })[] {
    return this.config().routes.map((route) => ({ route: route.id, ...this.standing(route) }));
  }

  /** Those of `resplits` that no entry notes yet. */
  unnoted(): readonly Resplit[] {
    if (this.fromCopy) return [];
    return this.resplits.filter(({ route: id, is }) => {
      const definition = this.inForce?.definitions.get(id);
      return definition !== undefined && notedSplit(this.state, definition) !== is;
    });
  }

  /** Whether this very entry is in force already. */
  holds(entry: LedgerEntry): boolean {
    if (this.newest?.revision === entry.revision) return sameEntry(this.newest, entry);
    return entry.changes.every((change) => {
      let at = this.state.routes.get(this.state.aliases.get(change.route) ?? change.route)?.trail;
      while (at !== undefined && at.revision > entry.revision) at = at.earlier;
      return at?.revision === entry.revision;
    });
  }

  /**
   * Other files: checked and prepared first, then noted, then committed (see `placed`). Where anything fails, nothing has
   * changed. Gives the entries that came in force with them.
   */
  async load(config: FrontDoorConfig): Promise<readonly LedgerEntry[]> {
    const definitions = definitionsOf(config);
    const aliases = aliasesOf(config.routes);
    const noted = [...definitions.values()].map(({ id, hash }) => ({ route: id, hash }));
    const due = () =>
      noted.filter(
        ({ route, hash }) => this.listens || !isRetiredHash(hash) || known?.get(route)?.hash === hash,
      );
    const copied = this.inForce === undefined ? this.options.copy : undefined;
    let now: Reading =
      sameAliases(aliases, this.state.aliases) && !this.fromCopy
        ? { state: this.state, entries: [] }
        : { state: emptyLedger(aliases), entries: [] };
    let known: Noted;
    let prepared = false;
    let epochs: InForce["epochs"] | undefined;
    let fromCopy = false;
    try {
      now = await this.readOn(now);
      known = await this.options.store.readDefinitions();
      // Preparing may refuse the routes, and must before their change is noted.
      await this.prepare(now.state, config, known);
      prepared = true;
      epochs = await this.options.store.noteDefinitions(due());
      now = await this.readOn(now);
      // What came in force in the old table meanwhile must be in the new one.
      while (now.state.revision < this.state.revision) now = await this.readOn(now);
      this.check(now.state, config, known);
    } catch (error) {
      const last = copied?.last;
      if (!this.knownWithout(config, error) && (copied === undefined || !mayServeWithout(error, last)))
        throw error;
      fromCopy = true;
      if (!prepared) {
        const entries = last?.entries ?? [];
        now = { state: fold(now.state, entries), entries };
        await this.prepare(now.state, config, last?.definitions);
      }
      epochs ??= epochsFrom(last, noted);
    }
    if (!fromCopy && !this.compared) {
      this.compared = true;
      this.lost = lostEntries(this.options.copy?.last, now.entries);
    }
    const fresh = now.entries.filter((entry) => entry.revision > this.state.revision);
    this.noteApart(fresh);
    const before = this.inForce?.definitions;
    this.resplits = config.routes.flatMap(
      (route) => resplitOf(now.state, route, before?.get(route.id)) ?? [],
    );
    this.inForce = { config, definitions, epochs };
    this.state = now.state;
    this.fromCopy = fromCopy;
    this.newest = now.entries[now.entries.length - 1] ?? this.newest;
    this.sent(this.options.serving.commit([...definitions.values()].map((route) => this.placement(route))));
    this.keep();
    return fresh;
  }

  /** Clients are served from now on: what was retired for them is noted. Throws `store_unavailable`; then it is to be tried again. */
  async listening(): Promise<void> {
    this.listens = true;
    const { inForce } = this;
    if (inForce === undefined || this.fromCopy) return;
    const due = [...inForce.definitions.values()].filter(
      ({ id, hash }) => isRetiredHash(hash) && !inForce.epochs.has(id),
    );
    if (due.length === 0) return;
    const noted = await this.options.store.noteDefinitions(due.map(({ id, hash }) => ({ route: id, hash })));
    if (this.inForce !== inForce) return;
    this.inForce = { ...inForce, epochs: new Map([...inForce.epochs, ...noted]) };
    this.sent(this.options.serving.place(due.map((route) => this.placement(route))));
    this.keep();
    await this.placed;
  }

  private async prepare(state: LedgerState, config: FrontDoorConfig, noted: Noted): Promise<void> {
    this.check(state, config, noted);
    await this.options.serving.prepare(servingConfig(config));
  }

  /** Throws `invalid_files` where clients would change sides that nobody moved. */
  private check(state: LedgerState, config: FrontDoorConfig, noted: Noted): void {
    checkGone(state, config, noted);
    checkSplits(state, config, this.inForce?.definitions);
  }

  /** Brings entries in force (see `placed`), in the order of their revisions; gives those that were new. Throws on a gap. */
  advance(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
    const fresh = entries.filter((entry) => entry.revision > this.state.revision);
    if (fresh.length === 0) return fresh;
    for (const [index, entry] of fresh.entries()) {
      if (entry.revision === this.state.revision + 1 + index) continue;
      throw new FigError(
        "store_unavailable",
        `the store gave revision ${entry.revision} where ${this.state.revision + 1 + index} was due`,
      );
    }
    const state = fold(this.state, fresh);
    this.noteApart(fresh);
    this.state = state;
    this.newest = fresh[fresh.length - 1];
    const changed = new Set<string>();
    for (const entry of fresh) {
      for (const { route } of entry.changes) changed.add(state.aliases.get(route) ?? route);
    }
    const placements: Placement[] = [];
    for (const id of changed) {
      const definition = this.inForce?.definitions.get(id);
      if (definition !== undefined) placements.push(this.placement(definition));
    }
    if (placements.length > 0) this.sent(this.options.serving.place(placements));
    this.keep();
    return fresh;
  }

  /** Before they come in force. */
  private noteApart(entries: readonly LedgerEntry[]): void {
    const { inForce } = this;
    if (inForce === undefined) return;
    const apart = stoodApart(entries, (id) => {
      const route = inForce.definitions.get(this.state.aliases.get(id) ?? id);
      return route === undefined ? undefined : this.standing(route).modern;
    });
    if (apart.length > 0) this.apart = [...this.apart, ...apart];
  }

  private keep(): void {
    if (!this.fromCopy) this.options.copy?.keep(() => this.lastKnown());
  }

  /** At most as many entries as routes: serving does not need what led to the positions. */
  private lastKnown(): LastKnown {
    const { routes, aliases } = this.state;
    const newest = new Map<number, LedgerEntry>();
    for (const { last } of routes.values()) newest.set(last.revision, last);
    if (this.newest !== undefined) newest.set(this.newest.revision, this.newest);
    const entries = [...newest.values()].sort((a, b) => a.revision - b.revision);
    // The entry that continued a former id's ledger may be missing here: then the newest entry of its successor says so.
    const continued = Map.groupBy(routes.values(), ({ continuedBy }) => continuedBy);
    const definitions = [...(this.inForce?.epochs ?? [])].map(([route, epoch]) => {
      const hash = this.inForce?.definitions.get(route)?.hash ?? "";
      return [route, { ...epoch, hash }] as const;
    });
    // These files would not be in force had such a route not been retired.
    const retired = goneRoutes(this.state, this.config().routes).map(
      ({ route }) => [route, { hash: RETIRED_HASH, epoch: 0, since: 0 }] as const,
    );
    return {
      stateId: this.options.store.stateId,
      entries: entries.map((entry) => ({
        ...entry,
        changes: entry.changes.map((change) => {
          const route = routes.get(aliases.get(change.route) ?? change.route);
          const former = route?.lastChange === change ? (continued.get(route.route) ?? []) : [];
          if (former.length === 0) return change;
          return { ...change, formerly: [...(change.formerly ?? []), ...former.map((each) => each.route)] };
        }),
        evidence: {},
      })),
      definitions: new Map([...definitions, ...retired]),
    };
  }

  /** Reads on to the store's end. Throws store_unavailable when that lies before what is in force. */
  private async readOn(reading: Reading): Promise<Reading> {
    const from = reading.state.revision;
    // Read now: what comes in force while the store answers is not part of that answer.
    const due = this.state.revision;
    const entries = await this.options.store.read(from);
    if (entries.length === 0 && from < due) {
      throw new FigError(
        "store_unavailable",
        `the store ends at revision ${from}, but ${due} is in force here`,
        { remedy: "bring the store's state back, or restart the front doors on the older one" },
      );
    }
    return { state: fold(reading.state, entries), entries: [...reading.entries, ...entries] };
  }

  /** Whether a start needs no store to know where routes stand: all that can move are held at modern 0. */
  private knownWithout({ routes }: FrontDoorConfig, error: unknown): boolean {
    const code = figErrorOf(error)?.code;
    const store = code === "store_unavailable" || code === "store_invalid";
    return store && this.inForce === undefined && holdsAll(this.held, routes);
  }

  /** What this door alone holds lower than the ledger; undefined: nothing. */
  hold(held: LocalRollback | undefined): void {
    const before = this.held;
    this.held = held;
    const routes = this.inForce?.config.routes ?? [];
    const moved = routes.filter((route) => heldAt(before, route) !== heldAt(held, route));
    if (moved.length > 0) this.sent(this.options.serving.place(moved.map((route) => this.placement(route))));
  }

  /** The same of guards: routes that stand lower here. */
  lower(lowered: readonly Lowered[]): void {
    const before = this.lowered;
    this.lowered = lowest(lowered);
    const moved = (this.inForce?.config.routes ?? []).filter(
      ({ id }) => before.get(id)?.modern !== this.lowered.get(id)?.modern,
    );
    if (moved.length > 0) this.sent(this.options.serving.place(moved.map((route) => this.placement(route))));
  }

  /** A route of the files, and where it stands here. */
  placedRoute(id: string): { readonly route: RouteDefinition; readonly placement: Placement } | undefined {
    const route = this.inForce?.definitions.get(id);
    return route === undefined ? undefined : { route, placement: this.placement(route) };
  }

  private placement(definition: RouteDefinition): Placement {
    const epoch = this.inForce?.epochs.get(definition.id)?.epoch ?? 0;
    const placed = placementOf(this.state, definition, epoch);
    const position = this.standing(definition);
    const lower = position.modern < placed.position.modern;
    return { ...placed, position, ...(lower ? { held: true as const } : {}) };
  }

  private standing(route: RouteDefinition): Position {
    const ledgers = positionOf(this.state, route);
    const low = this.lowered.get(route.id);
    const position = low === undefined || ledgers.modern <= low.modern || route.retired ? ledgers : low;
    const limit = heldAt(this.held, route);
    return limit === undefined || position.modern <= limit ? position : { ...position, modern: limit };
  }

  private sent(placed: Promise<void>): void {
    this.placed = placed;
    // Whoever waits for it hears of a failure.
    placed.catch(() => undefined);
  }
}
