import { FigError } from "../domain/errors.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import { type RedisAddress, readRedisUrl } from "../domain/state-url.ts";
import type { WindowKey } from "../domain/tally.ts";
import type {
  AppendGuard,
  AppendResult,
  DefinitionEpoch,
  DoorCounts,
  OpenOptions,
  Rollup,
  RollupQuery,
  Store,
  WindowEvidence,
} from "./contract.ts";
import { durabilityWarnings } from "./redis-durability.ts";
import { RedisEvidence } from "./redis-evidence.ts";
import { RedisKeys } from "./redis-keys.ts";
import { RedisLedger } from "./redis-ledger.ts";
import { RedisLink } from "./redis-link.ts";
import { RedisRollups } from "./redis-rollups.ts";
import { WatchHub } from "./watch-hub.ts";

class RedisStore implements Store {
  private readonly link: RedisLink;
  private readonly ledger: RedisLedger;
  private readonly evidence: RedisEvidence;
  private readonly rollups: RedisRollups;
  private readonly hub: WatchHub;
  private readonly now: () => number;

  private constructor(address: RedisAddress, options: OpenOptions) {
    const { now, hex, warn, create = true } = options;
    const keys = new RedisKeys(address.prefix);
    let warned = "";
    this.now = now;
    this.hub = new WatchHub((after) => this.ledger.page(after));
    this.link = new RedisLink(address, keys, {
      hex,
      create,
      head: (revision) => this.hub.advance(revision),
      health: (reachable) => this.hub.health(reachable),
      connected: (link) => {
        if (warn === undefined) return;
        durabilityWarnings((command) => link.send(command)).then(
          (warnings) => {
            if (warnings.join() === warned) return;
            warned = warnings.join();
            for (const warning of warnings) warn(warning);
          },
          () => undefined,
        );
      },
    });
    this.ledger = new RedisLedger(this.link, keys, hex);
    this.evidence = new RedisEvidence(this.link, keys, options);
    this.rollups = new RedisRollups(this.link, keys, now);
  }

  static async open(address: RedisAddress, options: OpenOptions): Promise<RedisStore> {
    const store = new RedisStore(address, options);
    await store.link.open(options.away);
    return store;
  }

  get stateId(): string {
    return this.link.stateId;
  }

  append(draft: LedgerDraft, guard: AppendGuard): Promise<AppendResult> {
    return this.ledger.append(draft, guard, new Date(this.now()).toISOString());
  }

  read(afterRevision: number, limit?: number): Promise<readonly LedgerEntry[]> {
    return this.ledger.read(afterRevision, limit);
  }

  watch(
    afterRevision: number,
    listener: (entries: readonly LedgerEntry[]) => void,
    onHealth?: (reachable: boolean) => void,
  ): () => void {
    this.link.refuseClosed();
    return this.hub.watch(afterRevision, listener, onHealth);
  }

  noteDefinitions(
    routes: readonly { readonly route: string; readonly hash: string }[],
  ): Promise<ReadonlyMap<string, DefinitionEpoch>> {
    return this.ledger.noteDefinitions(this.now(), routes);
  }

  readDefinitions(): Promise<ReadonlyMap<string, DefinitionEpoch & { readonly hash: string }>> {
    return this.ledger.readDefinitions();
  }

  putCounts(door: string, counts: readonly DoorCounts[]): Promise<void> {
    return this.evidence.put(door, counts);
  }

  async readCounts(windows: readonly WindowKey[]): Promise<readonly WindowEvidence[]> {
    this.link.refuseClosed();
    return this.evidence.read(windows);
  }

  unsafeModernSince(route: string, revision: number): Promise<number> {
    return this.evidence.unsafeModernSince(route, revision);
  }

  readMismatches(window: WindowKey): Promise<readonly MismatchRow[]> {
    return this.evidence.readMismatches(window);
  }

  putRollups(door: string, rollups: readonly Rollup[]): Promise<void> {
    return this.rollups.put(door, rollups);
  }

  readRollups(query: RollupQuery): Promise<readonly Rollup[]> {
    return this.rollups.read(query);
  }

  async close(): Promise<void> {
    this.evidence.close();
    this.hub.close();
    await this.link.close();
  }
}

export async function openRedis(url: string, options: OpenOptions): Promise<Store> {
  const address = readRedisUrl(url);
  if ("wrong" in address) throw new FigError("store_invalid", address.wrong, { remedy: address.remedy });
  return RedisStore.open(address, options);
}
