import type { TryResult, UpstreamState } from "../domain/upstream-state.ts";
import type { BackendErrorCode } from "./contract.ts";
import { noTries, unaskedState } from "./unasked-state.ts";

/** What a service's errors say. */
interface ServiceErrors {
  /** What a call that ended so counts as; left out: it never reached the service. */
  readonly tried: Partial<Record<BackendErrorCode, TryResult>>;
  /** They say that the service cannot be asked at all, not that one call failed. */
  readonly outOfReach: ReadonlySet<BackendErrorCode>;
}

/** An upstream that is a service and not a server: how many calls are under way, what became of them, and what is wrong with it. */
export abstract class ServiceUpstream {
  readonly name: string;
  protected underWay = 0;
  protected retries = 0;
  /** What is wrong since it was reached last; undefined: nothing. */
  protected trouble: string | undefined = undefined;
  private readonly errors: ServiceErrors;
  private readonly concurrency: number;
  private readonly tries = noTries();
  private turnedAway = 0;

  constructor(name: string, concurrency: number, errors: ServiceErrors) {
    this.name = name;
    this.concurrency = concurrency;
    this.errors = errors;
  }

  /** False: as many are under way as may be. Whoever was let in says `left`. */
  enter(): boolean {
    const may = this.underWay < this.concurrency;
    if (may) this.underWay++;
    else this.turnedAway++;
    return may;
  }

  left(): void {
    this.underWay--;
  }

  ended(code: BackendErrorCode | undefined, detail: string): void {
    const { tried, outOfReach } = this.errors;
    const result = code === undefined ? "answered" : tried[code];
    if (result !== undefined) this.tries[result]++;
    if (code !== undefined && outOfReach.has(code)) this.trouble = detail;
    else if (result !== undefined) this.trouble = undefined;
  }

  warnings(): readonly string[] {
    return [];
  }

  certificate(): undefined {}

  /** `places`: where it is, as people know it. */
  protected stateOf(places: readonly { readonly url: string; readonly address: string }[]): UpstreamState {
    const none = unaskedState(this.name);
    return {
      ...none,
      members: places.map((place) => ({
        ...{ ...place, condition: "up" as const, weight: 1, requests: this.underWay, idle: 0, ejections: 0 },
      })),
      ...{ tries: { ...this.tries }, retries: this.retries },
      limited: { ...none.limited, connections: this.turnedAway },
    };
  }
}
