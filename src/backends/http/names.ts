import { lookup } from "node:dns";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";

/** Looks a name up once. `error`: the system's code, as ENOTFOUND. The addresses are in the system's order (RFC 6724). */
type Resolve = (
  name: string,
  done: (error: string | undefined, addresses: readonly string[]) => void,
) => void;

/** Lookups of this process under way at once: each holds one of the few threads that files are read with too. */
const MAX_LOOKUPS = 2;
/** A failure is not asked after again sooner, nor a name whose members take no connection. */
const AGAIN_MS = 1_000;
/** After a failure, if that is sooner than the next lookup would be. */
const AFTER_FAILURE_MS = 5_000;
/** Members of one name. */
const MAX_ADDRESSES = 256;

let looking = 0;
const waiting: (() => void)[] = [];

/** What the system says: hosts file, DNS, whatever it is set up with. It tells no TTL. */
export const systemResolve: Resolve = (name, done) => {
  const begin = () => {
    looking++;
    lookup(name, { all: true }, (error, found) => {
      looking--;
      waiting.shift()?.();
      if (error === null)
        done(
          undefined,
          found.map(({ address }) => address),
        );
      else done(error.code ?? error.message, []);
    });
  };
  if (looking < MAX_LOOKUPS) begin();
  else waiting.push(begin);
};

/** A name in a URL, looked up again and again. One that stops resolving keeps its last addresses. */
export class WatchedName implements Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  readonly name: string;
  addresses: readonly string[] = [];
  /** Of the last lookup; undefined: it told addresses. */
  error: string | undefined = undefined;
  /** Addresses beyond the bound, in the last lookup. */
  leftOut = 0;
  private readonly refreshMs: number;
  private readonly resolve: Resolve;
  private readonly deadlines: Deadlines;
  private readonly changed: () => void;
  private under = false;
  private askedMs = Number.NEGATIVE_INFINITY;
  private closed = false;

  /** `changed` is called after each lookup. */
  constructor(name: string, refreshMs: number, resolve: Resolve, deadlines: Deadlines, changed: () => void) {
    this.name = name;
    this.refreshMs = refreshMs;
    this.resolve = resolve;
    this.deadlines = deadlines;
    this.changed = changed;
    deadlines.add(this);
  }

  /** One is under way after this: its end is told. False: the last one is too fresh. */
  lookUp(): boolean {
    if (this.under) return true;
    if (this.closed || this.deadlines.now - this.askedMs < AGAIN_MS) return false;
    this.under = true;
    this.askedMs = this.deadlines.now;
    this.resolve(this.name, (error, addresses) => this.told(error, addresses));
    return true;
  }

  onDeadline(): void {
    // What was looked up for a request just now is fresh enough.
    if (!this.lookUp()) this.deadlineMs = this.deadlines.in(AGAIN_MS);
  }

  close(): void {
    this.closed = true;
    this.deadlines.remove(this);
  }

  private told(error: string | undefined, addresses: readonly string[]): void {
    this.under = false;
    if (this.closed) return;
    const found = [...new Set(addresses)];
    this.error = error ?? (found.length === 0 ? "ENODATA" : undefined);
    if (found.length > 0) {
      this.addresses = found.slice(0, MAX_ADDRESSES);
      this.leftOut = found.length - this.addresses.length;
    }
    const next = this.error === undefined ? this.refreshMs : Math.min(this.refreshMs, AFTER_FAILURE_MS);
    this.deadlineMs = this.deadlines.in(next);
    this.changed();
  }
}
