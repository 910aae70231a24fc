import type { GuardRules, GuardSample, GuardTap, GuardWitness } from "../domain/guards.ts";
import { ownText } from "../domain/own-text.ts";
import type { Placement } from "../domain/placement.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { redactId } from "../observe/redact.ts";

/** Events that come up meanwhile are told together. */
const GATHER_MS = 50;
/** Told at once, and so in 50 ms. What is beyond it is counted alone: far fewer make an alarm. */
const MAX_WITNESSES = 1_000;

/** Tells what speaks for and against a side of routes with guards. Costs nothing where nothing fails. */
export class GuardFeed {
  /** Events that were not told, because they were too many. */
  dropped = 0;
  private readonly tell: (witnesses: readonly GuardWitness[]) => void;
  private waiting: GuardWitness[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(tell: (witnesses: readonly GuardWitness[]) => void) {
    this.tell = tell;
  }

  /** Undefined: nobody watches the route where it stands. */
  readonly tapOf = (definition: RouteDefinition, placement: Placement): GuardTap | undefined => {
    const { guards, retired } = definition;
    if (guards === undefined || retired || !watchesEvents(guards) || placement.position.modern <= 0)
      return undefined;
    const { route, revision, epoch } = placement;
    const percent = placement.position.modern;
    const stand = { route, revision, epoch, percent };
    return {
      answered: (kind, modern, key, seen) => {
        // Without a key legacy alone could have served it; and at 100 there is nothing to hold it against.
        if (key !== undefined && percent < 100) this.add({ ...stand, kind, modern, key, sample: seen });
      },
      apart: (modern, seen) => {
        this.add({ ...stand, kind: "pairs", modern, key: undefined, sample: seen });
      },
    };
  };

  /** Tells what waits to be told. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const told = this.waiting;
    this.waiting = [];
    if (told.length > 0) this.tell(told);
  }

  private add(witness: GuardWitness): void {
    const { waiting } = this;
    if (waiting.length >= MAX_WITNESSES) {
      this.dropped++;
      return;
    }
    waiting.push({ ...witness, sample: sampled(witness.sample) });
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }
}

function watchesEvents({ errors }: GuardRules): boolean {
  return errors;
}

/** A client chose it. */
function sampled({ requestId, status }: GuardSample): GuardSample {
  return { requestId: ownText(redactId(requestId)), status };
}
