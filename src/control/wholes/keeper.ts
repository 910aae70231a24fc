import type { FrontDoorConfig } from "../../domain/config.ts";
import type { WholeOptions } from "../../domain/route.ts";
import { chosenWholes } from "../../domain/whole/choose.ts";
import type { WholePlace, WholeSample } from "../../domain/whole/sample.ts";
import type { Log } from "../../observe/contract.ts";
import type { Store, StoredWhole, StoredWholeHead, StoredWholeSize } from "../../store/contract.ts";
import type { WholeSeal } from "./contract.ts";
import { placeOf, storedWhole } from "./head.ts";

/** What came meanwhile is written together. */
const GATHER_MS = 500;
/** While the state is away it is tried so often. */
const RETRY_MS = 5_000;
/** What waits to be written; past it the oldest is let go of. */
const MAX_UNWRITTEN_BYTES = 8 * 1024 * 1024;
/** In a state, of all routes: every writer reads how large each is. */
const MAX_WHOLES = 2_000;

interface KeeperOptions {
  readonly store: Store;
  readonly seal: WholeSeal;
  readonly config: () => FrontDoorConfig;
  readonly log: Log;
}

const sizeOf = ({ content }: WholeSample) => 2 * content.length + 1024;

/** The oldest of the route that has most, until what is left is within bounds. */
function evicted(sizes: readonly StoredWholeSize[], totalBytes: number): readonly string[] {
  const gone: string[] = [];
  const byRoute = Map.groupBy(sizes, ({ route }) => route);
  const bytesOf = (list: readonly StoredWholeSize[]) => list.reduce((sum, { bytes }) => sum + bytes, 0);
  let [bytes, count] = [bytesOf(sizes), sizes.length];
  while (count > 0 && (bytes > totalBytes || count > MAX_WHOLES)) {
    const [most] = [...byRoute.values()].sort((a, b) => bytesOf(b) - bytesOf(a));
    const oldest = most?.shift();
    if (oldest === undefined) break;
    gone.push(oldest.id);
    bytes -= oldest.bytes;
    count--;
  }
  return gone;
}

/**
 * Writes to the state what those that serve kept whole, and holds the state to the bounds over all workers and front doors: each time it
 * writes, what is there of the route and what is new are chosen among as one process chooses.
 */
export class WholeKeeper {
  readonly counts: Record<"unwritten" | "unsealed" | "evicted", number> = {
    unwritten: 0,
    unsealed: 0,
    evicted: 0,
  };
  private readonly options: KeeperOptions;
  private waiting: WholeSample[] = [];
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private failed = false;

  constructor(options: KeeperOptions) {
    this.options = options;
  }

  hear(samples: readonly WholeSample[]): void {
    for (const sample of samples) {
      this.waiting.push(sample);
      this.bytes += sizeOf(sample);
    }
    while (this.bytes > MAX_UNWRITTEN_BYTES && this.waiting.length > 0) {
      this.bytes -= sizeOf(this.waiting.shift() as WholeSample);
      this.counts.unwritten++;
    }
    this.later(this.failed ? RETRY_MS : GATHER_MS);
  }

  /** Resolves when all that was heard is written, or could not be. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  /** Writes a last time. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
  }

  private later(ms: number): void {
    this.timer ??= setTimeout(() => void this.flush(), ms).unref();
  }

  private async write(): Promise<void> {
    const taken = this.waiting;
    if (taken.length === 0) return;
    this.waiting = [];
    this.bytes = 0;
    const { store, config, log } = this.options;
    try {
      for (const [route, fresh] of Map.groupBy(taken, ({ window }) => window.route))
        await this.keep(route, fresh);
      const gone = evicted(await store.wholeSizes(), config().samples.totalBytes);
      this.counts.evicted += gone.length;
      await store.dropWholes(gone);
      this.failed = false;
    } catch (error) {
      if (!this.failed) log.warn({ err: error }, "whole answers could not be written to the state");
      this.failed = true;
      const newer = this.waiting;
      this.waiting = [];
      this.bytes = 0;
      this.hear([...taken, ...newer]);
    }
  }

  private async keep(route: string, fresh: readonly WholeSample[]): Promise<void> {
    const { store, config } = this.options;
    const bounds = config().routes.find(({ id }) => id === route)?.compare.wholes;
    // It is asked for no more.
    if (bounds === undefined) return;
    const there = await store.listWholes(route);
    // What cannot be sealed is not stored, so nothing that is there makes room for it.
    const sealed = new Map(fresh.flatMap((sample) => this.sealed(sample)).map((each) => [each.id, each]));
    const able = fresh.filter(({ id }) => sealed.has(id));
    const chosen = chosenOf(there, able, bounds);
    await store.putWholes([...sealed.values()].filter(({ id }) => chosen.has(id)));
    await store.dropWholes(there.filter(({ id }) => !chosen.has(id)).map(({ id }) => id));
  }

  private sealed(sample: WholeSample): readonly StoredWhole[] {
    const stored = storedWhole(sample, this.options.seal);
    if (stored === undefined) this.counts.unsealed++;
    return stored === undefined ? [] : [stored];
  }
}

/** Ids of a route's: of each evidence window those that one process would have chosen, of newer windows first. */
function chosenOf(
  there: readonly StoredWholeHead[],
  fresh: readonly WholeSample[],
  bounds: WholeOptions,
): ReadonlySet<string> {
  const windows = new Map<string, WholePlace[]>();
  const add = (revision: number, epoch: number, place: WholePlace) => {
    const name = `${String(revision).padStart(12, "0")}.${String(epoch).padStart(12, "0")}`;
    windows.set(name, [...(windows.get(name) ?? []), place]);
  };
  for (const head of there) add(head.revision, head.epoch, placeOf(head));
  for (const sample of fresh) add(sample.window.revision, sample.window.epoch, sample);
  const chosen = new Set<string>();
  for (const [, places] of [...windows].sort(([a], [b]) => (a < b ? 1 : -1))) {
    const left = bounds.perRoute - chosen.size;
    if (left <= 0) break;
    for (const { id } of chosenWholes(places, { ...bounds, perRoute: left })) chosen.add(id);
  }
  return chosen;
}
