import { figErrorOf, messageOf } from "../../domain/errors.ts";
import type { FigEvent, Log } from "../../observe/contract.ts";
import type { ControlContext } from "../context.ts";
import { type ControlOptions, contextOf } from "../control.ts";
import { migrate } from "../migrate.ts";
import { type AutopilotLook, lookAt } from "./look.ts";
import { readOrder } from "./order.ts";

/** How often it is looked whether the next step may be applied. */
const LOOK_EVERY_MS = 1_000;

/** Another door, or a person, was first; or what held a moment ago does not hold any more. The next look sees what is. */
const NO_NEWS: ReadonlySet<string> = new Set([
  "conflict",
  "gate_refused",
  "drift",
  "late_step",
  "refused",
  "held",
]);

interface PilotOptions extends ControlOptions {
  readonly log: Log;
  readonly onEvent?: ((event: FigEvent) => void) | undefined;
}

/** Who the ledger says it was. */
const AUTOPILOT = "autopilot";

/**
 * Applies steps for a front door. Every door of a fleet has one, and each may try: the append's compare-and-set lets one of them
 * write a step, and the others say nothing. It stands still while the store is away.
 */
export class Pilot {
  private readonly context: ControlContext;
  private readonly options: PilotOptions;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private failed: string | undefined;
  private said = "";
  private turn: Promise<unknown> = Promise.resolve();
  /** Since this process started. */
  moves = 0;
  state: "off" | "running" | "paused" = "off";

  constructor(options: PilotOptions) {
    this.options = options;
    this.context = contextOf(options);
  }

  start(): void {
    this.timer = setTimeout(() => void this.tick(), LOOK_EVERY_MS).unref();
  }

  /** Resolves once no move is under way. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  private async tick(): Promise<void> {
    await this.look();
    if (!this.closed) this.start();
  }

  /** Looks, and applies the next step if it may be. Gives whether it did; never rejects. */
  look(): Promise<boolean> {
    const mine = this.turn.then(() => this.lookNow());
    this.turn = mine;
    return mine;
  }

  private async lookNow(): Promise<boolean> {
    try {
      const look = await lookAt(this.context);
      this.tell(look);
      const moved = look.decision.waitsFor === undefined && (await this.move(look));
      this.failed = undefined;
      return moved;
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.failed) this.options.log.error({ err: error }, "the autopilot could not go on");
      this.failed = why;
      return false;
    }
  }

  private async move({ stored, state, step, waitedMs }: AutopilotLook): Promise<boolean> {
    if (stored === undefined || state === undefined || step === undefined || this.closed) return false;
    const { by, reason, at, to } = stored.order;
    const said = { startedBy: by, startedAt: at, reason, to: to ?? null, waitedMs: Math.round(waitedMs) };
    try {
      const { written } = await migrate(
        this.context,
        { action: "up", by: AUTOPILOT, expectedStep: step.number, expectedRevision: state.revision },
        { said, still: async () => (await readOrder(this.context.store)).version === stored.version },
      );
      if (written) this.moves++;
      return written;
    } catch (error) {
      const known = figErrorOf(error);
      if (known === undefined || !NO_NEWS.has(known.code)) throw error;
      return false;
    }
  }

  /** Once for each thing there is to say. */
  private tell({ decision, step, overdue }: AutopilotLook): void {
    const { state, waitsFor = null, says } = decision;
    this.state = state;
    const key = [state, waitsFor, step?.number, overdue].join(" ");
    if (key === this.said) return;
    const first = this.said === "";
    this.said = key;
    if (first && state === "off") return;
    const { clock, log, onEvent } = this.options;
    log.info({ state, waitsFor, step: step?.number, overdue }, `autopilot: ${says}`);
    const data = { state, waitsFor, step: step?.number ?? null, says, overdue };
    onEvent?.({ type: "autopilot", at: new Date(clock.now()).toISOString(), data });
  }
}
