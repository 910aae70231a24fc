import type { Comparer, Noise, Verdict, WholeWanted } from "../compare/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { EarlierWrite, StoppedShadow } from "../domain/outcomes.ts";
import type { Clients } from "./clients.ts";
import type { ShadowTap } from "./shadow-tap.ts";

export interface ShadowerOptions {
  readonly budget: ByteBudget;
  readonly comparer: Comparer;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** Who is served. */
  readonly clients: Readonly<Clients>;
  /** Runs it after the I/O that is due. */
  readonly defer: (run: () => void) => void;
  /** Hears every comparison that came to a verdict: mismatch book, recent list, events. */
  readonly onVerdict: (tap: ShadowTap, verdict: Verdict) => void;
  /** What controls taught, and what it leaves of a verdict; undefined: nobody keeps it. */
  readonly noise?: Noise | undefined;
  /** Which requests are kept whole, of routes that ask for it; undefined: nobody keeps them. */
  readonly wholes?: { wanted(tap: ShadowTap, verdict: Verdict): WholeWanted | undefined } | undefined;
  /** Hears of writes after which the sides may hold different data, for others that serve. */
  readonly onEarlierWrite?: ((key: number, what: EarlierWrite) => void) | undefined;
  /** Hears when a route is no longer shadowed, or is again: all that are not. */
  readonly onStopped: (stopped: readonly StoppedShadow[]) => void;
}
