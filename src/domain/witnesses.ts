/** One client's same request counts once in so long. */
const WITNESS_MS = 60_000;
/** Requests remembered of one minute; of the minute before it as many. */
export const MAX_WITNESSES = 65_536;
/** Half of them stay empty, so that one is found where it belongs or just behind. */
const SLOTS = 2 * MAX_WITNESSES;
/** No request's hash. */
const EMPTY = 0;

/** `first`: it counts. `again`: it is no further witness. `unremembered`: it counts, and so will the next. */
type Witnessed = "first" | "again" | "unremembered";

/** The requests of a minute: hashes with open addressing, and when each counted. */
class Minute {
  count = 0;
  private readonly hashes = new Float64Array(SLOTS);
  private readonly countedAt = new Float64Array(SLOTS);

  /** When it counted; -Infinity: it did not. */
  at(request: number): number {
    const slot = this.slotOf(request);
    return this.hashes[slot] === EMPTY ? Number.NEGATIVE_INFINITY : (this.countedAt[slot] as number);
  }

  /** False: there is no place. */
  set(request: number, now: number): boolean {
    const slot = this.slotOf(request);
    if (this.hashes[slot] === EMPTY) {
      if (this.count >= MAX_WITNESSES) return false;
      this.count++;
      this.hashes[slot] = request;
    }
    this.countedAt[slot] = now;
    return true;
  }

  forget(request: number, at: number): void {
    const slot = this.slotOf(request);
    // Its place stays taken: others may be behind it.
    if (this.hashes[slot] === request && this.countedAt[slot] === at)
      this.countedAt[slot] = Number.NEGATIVE_INFINITY;
  }

  clear(): void {
    if (this.count > 0) this.hashes.fill(EMPTY);
    this.count = 0;
  }

  private slotOf(request: number): number {
    const { hashes } = this;
    let slot = (request >>> 0) % SLOTS;
    while (hashes[slot] !== request && hashes[slot] !== EMPTY) slot = slot + 1 < SLOTS ? slot + 1 : 0;
    return slot;
  }
}

/**
 * Which requests counted as witnesses within the last minute, by hashes (request-hash) alone. Whether one counts is settled by what
 * came before it, never by what its comparison comes to: then what is left out is left out of matches and mismatches alike, and
 * evidence that may be looked at whenever one likes stays so (docs/proof.md). Bounded: the minute under way and the one before have
 * 2 MiB each. Of what finds no place, each request counts.
 */
export class Witnesses {
  private newer: Minute | undefined = undefined;
  private older: Minute | undefined = undefined;
  /** When the newer minute began, ms. */
  private began = 0;

  /** A request that may be compared came. ms of a clock that nobody sets. */
  take(request: number, now: number): Witnessed {
    const newer = this.turned(now);
    if (Math.max(newer.at(request), this.older?.at(request) ?? Number.NEGATIVE_INFINITY) > now - WITNESS_MS)
      return "again";
    return newer.set(request, now) ? "first" : "unremembered";
  }

  /** The one that counted at this time came to no comparison: the next is the first. */
  giveBack(request: number, at: number): void {
    this.newer?.forget(request, at);
    this.older?.forget(request, at);
  }

  private turned(now: number): Minute {
    const age = now - this.began;
    if (this.newer !== undefined && age < WITNESS_MS) return this.newer;
    const free = this.older ?? new Minute();
    free.clear();
    this.older = this.newer;
    this.newer = free;
    this.began = now;
    return free;
  }
}
