import type { CapturedAnswer } from "../compare/contract.ts";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import { isSafe } from "../domain/shadow-eligibility.ts";
import type { Open, SideRequest } from "../layers/contract.ts";
import { Control, type ControlOutcome, ControlShare } from "./control.ts";
import { ShadowCall, type ShadowResult } from "./shadow-call.ts";
import type { ShadowLane } from "./shadow-lane.ts";
import type { ShadowTap } from "./shadow-tap.ts";

interface ControlsOptions {
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** An unsigned 32-bit integer of chance. */
  readonly draw: () => number;
}

/** Whether legacy's second answer is as a document describes it is nobody's question. */
function unchecked(request: SideRequest): SideRequest {
  return request.checks === undefined ? request : { ...request, checks: undefined };
}

/** Sends controls beside shadows, and counts what becomes of them. */
export class Controls {
  readonly counts: Record<ControlOutcome, number> = { sent: 0, shed: 0, timeout: 0, error: 0, raced: 0 };
  private readonly share = new ControlShare();
  private readonly options: ControlsOptions;

  constructor(options: ControlsOptions) {
    this.options = options;
  }

  /** Gives a copied request a control, if it is to have one. Only what changes nothing is asked twice of the side that counts. */
  plan(tap: ShadowTap, legacy: Open): void {
    const { live, head } = tap.decision;
    if (isSafe(live.definition, head) && this.share.wants(live, this.options.draw))
      tap.control = new Control((request, listener) => legacy(unchecked(request), listener));
  }

  /** Whether the control goes first: whoever is asked first must not matter. Without a second place the shadow goes alone. */
  goesFirst(tap: ShadowTap, { calls, limit }: ShadowLane): boolean {
    if (tap.control === undefined) return false;
    if (calls.length + 2 <= limit.current) return (this.options.draw() & 1) === 1;
    this.counts.shed++;
    tap.control = undefined;
    return false;
  }

  /** `freed`: its place can be another's. */
  send(tap: ShadowTap, calls: ShadowCall[], freed: () => void): void {
    const { control } = tap;
    if (control === undefined || control.over) return;
    const { deadlines, clock } = this.options;
    const leave = (call: ShadowCall) => {
      const at = calls.indexOf(call);
      if (at >= 0) calls.splice(at, 1);
    };
    const done = (ended: ShadowCall, result: ShadowResult) => {
      leave(ended);
      control.end(this.answerOf(tap, result));
      freed();
    };
    const call = new ShadowCall(tap, "legacy", control.open, deadlines, clock.micros(), done);
    if (call.over) return;
    control.call = call;
    control.gone = () => leave(call);
    calls.push(call);
  }

  /** Undefined: there is none that says anything. */
  private answerOf(tap: ShadowTap, result: ShadowResult): CapturedAnswer | undefined {
    const { counts } = this;
    if (result === "shed" || !tap.reserveCopy(result)) {
      counts.shed++;
      return undefined;
    }
    if (tap.turn?.overtaken === true) {
      counts.raced++;
      return undefined;
    }
    counts[result.kind === "answer" ? "sent" : result.code === "timeout" ? "timeout" : "error"]++;
    return result;
  }
}
