import type { CapturedAnswer } from "../compare/contract.ts";
import { thresholdOf } from "../domain/split.ts";
import type { WindowTally } from "../domain/tally.ts";
import type { Open } from "../layers/contract.ts";
import type { LiveRoute } from "../routing/contract.ts";

/** So many comparisons of an evidence window have a control, whatever the share: what always differs is known at once. */
const FIRST_CONTROLS = 200;

/** What became of controls; `raced`: a write of the same sticky key overlapped it, and its answer says nothing. */
export type ControlOutcome = "sent" | "shed" | "timeout" | "error" | "raced";

/** What asks legacy. */
interface Asking {
  readonly over: boolean;
  cancel(): void;
}

/** Legacy, asked once more beside a shadow. */
export class Control {
  readonly open: Open;
  /** Undefined while there is none, or if it came to nothing. */
  answer: CapturedAnswer | undefined = undefined;
  call: Asking | undefined = undefined;
  over = false;
  /** Its place is free again, though it came to nothing. */
  gone: () => void = () => {};
  private waiting: (() => void) | undefined = undefined;

  constructor(open: Open) {
    this.open = open;
  }

  /** Once; what waits for it goes on. */
  end(answer: CapturedAnswer | undefined): void {
    if (this.over) return;
    this.over = true;
    this.answer = answer;
    this.waiting?.();
  }

  whenOver(run: () => void): void {
    if (this.over) run();
    else this.waiting = run;
  }

  /** Nobody waits for it any more. */
  giveUp(): void {
    this.waiting = undefined;
    this.over = true;
    this.answer = undefined;
    const { call } = this;
    this.call = undefined;
    if (call === undefined || call.over) return;
    call.cancel();
    this.gone();
  }
}

/** Which comparisons have a control: the first ones of a window, then the share that the route asks for. */
export class ControlShare {
  private readonly first = new WeakMap<WindowTally, number>();

  /** `draw`: an unsigned 32-bit integer of chance. */
  wants({ tally, definition }: LiveRoute, draw: () => number): boolean {
    const { control } = definition.compare;
    if (control === undefined) return false;
    const had = this.first.get(tally) ?? 0;
    if (had >= FIRST_CONTROLS) return draw() < thresholdOf(control);
    this.first.set(tally, had + 1);
    return true;
  }
}
