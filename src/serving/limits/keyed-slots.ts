import type { ByteBudget } from "../../domain/byte-budget.ts";
import { murmur2Latin1 } from "../../domain/split.ts";

/** What a key costs beside its text: its two numbers, its place in the map, and its string. */
const KEY_BYTES = 176;
/** Keys that find no room share these, by their hash. */
const SHARED_SLOTS = 1024;
/** Slots looked at for each new key: what is as good as new is let go of before there is a lack of room. */
const LOOKS_A_KEY = 4;
/** Slots looked at where there is a lack of room. */
const LOOKS_FOR_ROOM = 64;
const FIRST_SLOTS = 64;
const NONE = -1;

/** A slot that is as good as new at a time: whoever has none is treated the same. */
type Idle = (value: number, at: number) => boolean;

/**
 * Two numbers for each key, bounded in bytes. A key is forgotten only while it is idle, which forgets nothing. Where all room is taken
 * by keys that are not, new ones share slots: none of them gets more than alone, and each perhaps less. A key that gets a
 * slot of its own later begins with what its shared one has used.
 */
export class KeyedSlots {
  /** How often a key had to share. */
  shared = 0;
  private readonly slots = new Map<string, number>();
  private readonly budget: ByteBudget;
  private readonly idle: Idle;
  /** Lets other tables let go. */
  private readonly makeRoom: (but: KeyedSlots) => void;
  private keys: (string | undefined)[] = [];
  private values = new Float64Array(FIRST_SLOTS);
  private times = new Float64Array(FIRST_SLOTS);
  private free: number[] = [];
  private hand = 0;
  private closed = false;
  private sharedValues: Float64Array | undefined;
  private sharedTimes: Float64Array | undefined;

  constructor(budget: ByteBudget, idle: Idle, makeRoom: (but: KeyedSlots) => void) {
    this.budget = budget;
    this.idle = idle;
    this.makeRoom = makeRoom;
  }

  get size(): number {
    return this.slots.size;
  }

  /** Where a key is; -1: it has no slot. */
  find(key: string): number {
    return this.slots.get(key) ?? NONE;
  }

  /** Of a key and where it was found; of one that has no slot what it would begin with. */
  value(key: string, slot: number): number {
    if (slot >= 0) return this.values[slot] as number;
    return this.sharedValues === undefined ? 0 : (this.sharedValues[sharedSlot(key)] as number);
  }

  time(key: string, slot: number): number {
    if (slot >= 0) return this.times[slot] as number;
    return this.sharedTimes === undefined ? 0 : (this.sharedTimes[sharedSlot(key)] as number);
  }

  /** `found`: where the key was before; it may have been let go of since. */
  put(key: string, found: number, value: number, at: number): void {
    const slot = this.keys[found] === key ? found : (this.slots.get(key) ?? this.slotFor(key));
    if (slot === undefined) {
      this.share(key, value, at);
      return;
    }
    this.values[slot] = value;
    this.times[slot] = at;
  }

  /** As `put`, but a key that finds no room is not noted. */
  note(key: string, value: number, at: number): void {
    const slot = this.slots.get(key) ?? this.slotFor(key);
    if (slot === undefined) return;
    this.values[slot] = value;
    this.times[slot] = at;
  }

  /** Lets go of idle keys among the next `looks` slots; how many. */
  sweep(looks: number): number {
    let gone = 0;
    for (let look = Math.min(looks, this.keys.length); look > 0; look--) {
      this.hand = this.hand + 1 < this.keys.length ? this.hand + 1 : 0;
      const key = this.keys[this.hand];
      if (key === undefined || !this.idle(this.values[this.hand] as number, this.times[this.hand] as number))
        continue;
      this.slots.delete(key);
      this.keys[this.hand] = undefined;
      this.free.push(this.hand);
      this.budget.release(KEY_BYTES + key.length);
      gone++;
    }
    if (gone > 0 && this.slots.size === 0) this.shrink();
    return gone;
  }

  /** No file has it any more. A request that began before shares a slot, and holds nothing. */
  close(): void {
    this.closed = true;
    for (const key of this.slots.keys()) this.budget.release(KEY_BYTES + key.length);
    this.slots.clear();
    this.shrink();
  }

  private slotFor(key: string): number | undefined {
    if (this.closed) return undefined;
    this.sweep(LOOKS_A_KEY);
    const bytes = KEY_BYTES + key.length;
    if (!this.budget.reserve(bytes)) {
      this.sweep(LOOKS_FOR_ROOM);
      this.makeRoom(this);
      if (!this.budget.reserve(bytes)) return undefined;
    }
    const slot = this.free.pop() ?? this.keys.length;
    if (slot === this.values.length) this.grow();
    this.keys[slot] = key;
    this.slots.set(key, slot);
    return slot;
  }

  private share(key: string, value: number, at: number): void {
    this.shared++;
    this.sharedValues ??= new Float64Array(SHARED_SLOTS);
    this.sharedTimes ??= new Float64Array(SHARED_SLOTS);
    const slot = sharedSlot(key);
    this.sharedValues[slot] = value;
    this.sharedTimes[slot] = at;
  }

  private grow(): void {
    const [values, times] = [this.values, this.times];
    this.values = new Float64Array(values.length * 2);
    this.values.set(values);
    this.times = new Float64Array(times.length * 2);
    this.times.set(times);
  }

  private shrink(): void {
    this.keys = [];
    this.free = [];
    this.hand = 0;
    this.values = new Float64Array(FIRST_SLOTS);
    this.times = new Float64Array(FIRST_SLOTS);
  }
}

function sharedSlot(key: string): number {
  return murmur2Latin1(key) % SHARED_SLOTS;
}
