import type { AcmeAnswer } from "../../domain/acme.ts";
import type { Clock } from "../../domain/clock.ts";
import { type EndedSessions, MAX_ENDED_SESSIONS } from "../../domain/ended-sessions.ts";
import type { Placement } from "../../domain/placement.ts";
import type { ServingConfig } from "../../domain/serving-config.ts";
import type { ApiKeyMessages, PlacingMessages, ServingMessages } from "../contract.ts";
import { KeptApiKeys } from "./kept-api-keys.ts";

type Listen = ServingConfig["listen"];

type Told = PlacingMessages &
  Pick<ServingMessages, "showChallenges" | "endSessions"> &
  Pick<ApiKeyMessages, "keepApiKeys">;

interface Committed {
  readonly config: ServingConfig;
  readonly placements: Map<string, Placement>;
}

/** What all workers were told, for one that begins: it then serves as the others do. */
export class InForce {
  prepared: ServingConfig | undefined;
  /** Later than those of the files. */
  renewed: Listen | undefined;
  /** What certificate authorities are to find. */
  challenges: readonly AcmeAnswer[] = [];
  readonly apiKeys: KeptApiKeys;
  private readonly clock: Clock;
  private committed: Committed | undefined;
  private readonly ended = new Map<string, EndedSessions>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.apiKeys = new KeptApiKeys(clock);
  }

  /** The files in force; undefined: none yet. */
  get config(): ServingConfig | undefined {
    return this.committed?.config;
  }

  /** Gives the files that come in force. */
  commit(placements: readonly Placement[]): ServingConfig {
    const { prepared: config } = this;
    if (config === undefined) throw new Error("nothing was prepared");
    this.prepared = undefined;
    this.renewed = undefined;
    this.committed = {
      config,
      placements: new Map(placements.map((placement) => [placement.route, placement])),
    };
    return config;
  }

  place(placements: readonly Placement[]): void {
    for (const placement of placements) this.committed?.placements.set(placement.route, placement);
  }

  /** Sessions that providers ended; the oldest go. */
  end(ended: readonly EndedSessions[]): void {
    for (const one of ended) this.ended.set(one.token, one);
    const now = this.clock.now();
    for (const [token, { until }] of this.ended) {
      if (this.ended.size <= MAX_ENDED_SESSIONS && until > now) break;
      this.ended.delete(token);
    }
  }

  /** In the order in which the others heard it. Resolves when it is in force there. */
  async tell(worker: Told, share: (config: ServingConfig) => ServingConfig): Promise<void> {
    const orders: Promise<void>[] = this.apiKeys.parts().map((part) => worker.keepApiKeys(part));
    if (this.committed !== undefined) {
      const { config, placements } = this.committed;
      orders.push(worker.prepare(share(config)), worker.commit([...placements.values()]));
    }
    if (this.ended.size > 0) orders.push(worker.endSessions({ ended: [...this.ended.values()], failed: [] }));
    if (this.challenges.length > 0) orders.push(worker.showChallenges(this.challenges));
    if (this.renewed !== undefined) orders.push(worker.renew(this.renewed));
    if (this.prepared !== undefined) orders.push(worker.prepare(share(this.prepared)));
    await Promise.all(orders);
  }
}
