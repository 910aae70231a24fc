import type { FrontDoorConfig } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { Purge } from "../domain/http-cache/purge.ts";
import type { Log } from "../observe/contract.ts";
import type { Store } from "../store/contract.ts";
import { readPurges } from "./cache-purges.ts";

/** How often the store is asked. A purge is in force within a second. */
const LOOK_MS = 400;

interface FollowOptions {
  readonly store: Pick<Store, "readRecords">;
  /** Purges what serves here; gives how many answers went. */
  readonly purge: (purges: readonly Purge[]) => Promise<readonly number[]>;
  readonly config: () => FrontDoorConfig;
  readonly log: Log;
}

/** Follows the purges of a state. While the store is away nothing is purged; when it is back, all that came meanwhile is. */
export class PurgeFollower {
  private readonly options: FollowOptions;
  private readonly timer: NodeJS.Timeout;
  /** Undefined: the store was never read. */
  private known: number | undefined = undefined;
  private looking: Promise<ReadonlyMap<number, number>> | undefined = undefined;
  private looked: FrontDoorConfig | undefined = undefined;
  private caches = false;
  private away = false;

  constructor(options: FollowOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.tick(), LOOK_MS);
    this.timer.unref();
  }

  /** What was purged before means nothing to a front door that has stored nothing. Where the store is away, it is read later. */
  async start(): Promise<void> {
    try {
      this.known = (await readPurges(this.options.store)).newest;
    } catch {
      // The first look that succeeds throws away what was stored before it.
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Purges up to this one are in force here; gives how many answers it took away. */
  async follow(number: number): Promise<number> {
    for (;;) {
      const gone = await this.look();
      const purged = gone.get(number);
      if (purged !== undefined) return purged;
      if ((this.known ?? 0) >= number) return 0;
    }
  }

  private async tick(): Promise<void> {
    const config = this.options.config();
    if (config !== this.looked) {
      this.looked = config;
      this.caches = [config.policies, ...config.routes.map(({ policies }) => policies)].some(
        (policies) => policies?.cache !== undefined,
      );
    }
    if (!this.caches) return;
    try {
      await this.look();
      this.away = false;
    } catch (error) {
      if (!this.away)
        this.options.log.warn({ why: messageOf(error) }, "purges cannot be read from the state store");
      this.away = true;
    }
  }

  /** One at a time. Gives what each new purge took away. */
  private look(): Promise<ReadonlyMap<number, number>> {
    this.looking ??= this.apply().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async apply(): Promise<ReadonlyMap<number, number>> {
    const { store, purge } = this.options;
    const { newest, purges } = await readPurges(store);
    const { known } = this;
    if (newest === known) return new Map();
    const fresh = purges.filter(({ number }) => number > (known ?? 0));
    // What was stored before the first look, or while more was written than is kept, or under another store, is not known to be good.
    const missed = known === undefined || newest < known || (fresh[0]?.number ?? 0) !== known + 1;
    const asked: readonly Purge[] = missed && (known !== undefined || newest > 0) ? [...fresh, {}] : fresh;
    const gone = asked.length === 0 ? [] : await purge(asked);
    this.known = newest;
    return new Map(fresh.map(({ number }, i) => [number, gone[i] ?? 0]));
  }
}
