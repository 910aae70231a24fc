import type { Clock } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { localDraft } from "../domain/local-rollback.ts";
import { guardedIds } from "../domain/plan.ts";
import type { Log } from "../observe/contract.ts";
import type { Store } from "../store/contract.ts";
import type { LiveTable } from "./live-table.ts";
import { heldText, type LocalKeeper, WrittenLook } from "./local-keeper.ts";
import { noteStoodApart } from "./stood-apart.ts";

interface LocalHoldOptions {
  readonly keeper: LocalKeeper | undefined;
  readonly table: LiveTable;
  readonly store: Store;
  /** What people call this door. */
  readonly label: string;
  /** This run of it. */
  readonly door: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The store is there, and is the one in force. */
  writable(): boolean;
  /** Has an entry in force when it resolves. */
  apply(entry: LedgerEntry): Promise<void>;
}

/** Without its file it holds for so long while the store is not there to say what came of it. */
const LETTING_GO_MS = 2000;

/** An emergency position of this front door: in force at once, in the ledger once the store takes it. */
export class LocalHold {
  private readonly options: LocalHoldOptions;
  private readonly written = new WrittenLook();
  /** Why it could not be written when it was last tried. */
  private why: string | undefined;
  /** Id of the one that the log has. */
  private said: string | undefined;
  /** Since when its file is gone, while it still holds. */
  private goneAt: number | undefined = undefined;
  /** What is wrong with it, as the log has it. */
  private warned: string | undefined;

  constructor(options: LocalHoldOptions) {
    this.options = options;
  }

  start(): void {
    const { keeper, table } = this.options;
    table.hold(keeper?.held);
    this.say();
    keeper?.onChange(() => this.changed());
  }

  problems(): readonly string[] {
    const { keeper, table } = this.options;
    const { held, problem } = keeper ?? {};
    return [
      ...(held === undefined ? [] : [heldText(held, table.config().routes)]),
      ...(problem === undefined ? [] : [problem]),
    ];
  }

  /** Writes it where the store is there. What a newer entry raised meanwhile goes down again. Never rejects. */
  async settle(): Promise<void> {
    const { keeper, table, store, label, log, writable, apply } = this.options;
    await this.noteApart();
    await this.letGo();
    const held = keeper?.held;
    const { state, whole } = table.ledger;
    if (keeper === undefined || held === undefined) return;
    if (!whole || !writable()) {
      // It may come back as another.
      this.written.forget();
      return;
    }
    const { routes } = table.config();
    try {
      const draft = localDraft(state, routes, held, label);
      if (draft !== undefined && !(await this.written.has(store, held.id))) {
        const ids = new Set(draft.changes.map(({ route }) => route));
        const touched = guardedIds(routes.filter(({ id }) => ids.has(id)));
        const result = await store.append(draft, { revision: state.revision, routes: touched });
        // A newer entry is on its way here: it is looked at with the next second.
        if (!result.ok) return;
        await apply(result.entry);
      }
      this.why = undefined;
      await keeper.settled(held.id);
      log.info({ id: held.id }, "the emergency position of this front door is in the ledger");
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.why) log.warn({ err: error }, "the emergency position is not in the ledger yet");
      this.why = why;
    }
  }

  /** Where this door stood higher meanwhile. */
  private async noteApart(): Promise<void> {
    const { table, store, door, label, clock } = this.options;
    try {
      for (const each of table.apart) {
        await noteStoodApart(store, { door, label, now: clock.now() }, each);
        table.apart = table.apart.filter((other) => other !== each);
      }
    } catch {
      // The store is away: the next second tries again.
    }
  }

  private say(): void {
    const { keeper, log } = this.options;
    const { held, problem } = keeper ?? {};
    if (held !== undefined && held.id !== this.said)
      log.warn({ ...held }, "an emergency position is in force on this front door alone");
    this.said = held?.id;
    if (problem !== undefined && problem !== this.warned) log.warn({}, problem);
    this.warned = problem;
  }

  private changed(): void {
    const { keeper, table, clock } = this.options;
    if (keeper?.held === undefined) {
      this.goneAt = clock.micros();
      void this.letGo();
    } else {
      this.goneAt = undefined;
      table.hold(keeper.held);
    }
    this.say();
  }

  /**
   * Its file is gone. Another front door on this disk may have written it to the ledger: what the ledger says is in force here
   * first, or the route would be higher in between.
   */
  private async letGo(): Promise<void> {
    const { goneAt } = this;
    const { table, store, clock, writable, apply } = this.options;
    if (goneAt === undefined) return;
    const late = (clock.micros() - goneAt) / 1000 >= LETTING_GO_MS;
    try {
      if (!writable() && !late) return;
      if (writable()) for (const entry of await store.read(table.ledger.state.revision)) await apply(entry);
    } catch {
      if (!late) return;
    }
    if (this.goneAt !== goneAt) return;
    this.goneAt = undefined;
    table.hold(undefined);
  }
}
