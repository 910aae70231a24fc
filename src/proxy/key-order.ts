import type { OverListener } from "../layers/contract.ts";
import { EarlierWrites } from "./earlier-writes.ts";

/** What one sticky key has under way. It lives as long as a request or a shadow of it does. */
interface Key {
  readonly hash: number;
  users: number;
  /** Writes that are being served. */
  writing: number;
  /** Writes that began to be served, and those of which the other side hears nothing. Only their change matters. */
  begun: number;
  unshadowed: number;
  /** Shadows that may be under way: reads together, or one write. */
  reads: number;
  writes: number;
  /** Those that may not yet, in the order of their requests. */
  readonly queue: KeyTurn[];
}

/** One copied request's place among those of its sticky key. */
export class KeyTurn {
  readonly write: boolean;
  /** It may be sent: all of its key that it must not overtake have been answered. */
  admitted = false;
  readonly key: Key;
  private readonly order: KeyOrder;
  private readonly admit: () => void;
  private readonly begun: number;
  private readonly unshadowed: number;
  private overlapped: boolean;
  private served = false;
  private over = false;

  constructor(order: KeyOrder, key: Key, write: boolean, admit: () => void) {
    this.order = order;
    this.key = key;
    this.write = write;
    this.admit = admit;
    this.overlapped = key.writing > 0;
    key.users++;
    if (write) {
      key.writing++;
      key.begun++;
    }
    this.begun = key.begun;
    this.unshadowed = key.unshadowed;
  }

  /** Whether a write of its key was served at the same time, or reached its data behind the other side's back. */
  get raced(): boolean {
    return this.overlapped || this.key.unshadowed !== this.unshadowed;
  }

  /** Whether a write of its key has begun to be served since it was, or was under way then: an answer of the serving side now may be another. */
  get overtaken(): boolean {
    return this.overlapped || this.key.begun !== this.begun;
  }

  /** How many of its key wait before it. */
  get ahead(): number {
    return this.key.queue.length;
  }

  /** The client has its answer. */
  end(): void {
    if (this.served) return;
    this.served = true;
    if (this.write) this.key.writing--;
    if (this.key.begun !== this.begun) this.overlapped = true;
  }

  /** Its shadow may be sent now, or once `admit` is called. */
  line(): boolean {
    const { key } = this;
    if (key.queue.length === 0 && this.fits()) this.enter();
    else key.queue.push(this);
    return this.admitted;
  }

  fits(): boolean {
    const { reads, writes } = this.key;
    return writes === 0 && (!this.write || reads === 0);
  }

  /** Its shadow was answered, or will not be. `unsent`: the other side never heard of it. */
  leave(unsent: boolean): void {
    if (this.over) return;
    this.over = true;
    this.end();
    const { key } = this;
    if (unsent && this.write) {
      key.unshadowed++;
      this.order.earlier.note(key.hash, "not_copied");
    }
    if (this.admitted) {
      if (this.write) key.writes--;
      else key.reads--;
    } else {
      const at = key.queue.indexOf(this);
      if (at >= 0) key.queue.splice(at, 1);
    }
    for (let next = key.queue[0]; next?.fits(); next = key.queue[0]) {
      key.queue.shift();
      next.enter();
      next.admit();
    }
    this.order.released(key);
  }

  private enter(): void {
    this.admitted = true;
    if (this.write) this.key.writes++;
    else this.key.reads++;
  }
}

/**
 * Shadows of one sticky key in the order of their requests: reads may go together, a write goes alone. A key is its split
 * hash, which the routes of a cohort share. It also notes which requests a write of their key overlapped: what the two sides
 * then answer depends on which came first, and says nothing about them.
 */
export class KeyOrder {
  private readonly keys = new Map<number, Key>();
  /** Cohorts that shadow. In others no write is noted. */
  private readonly cohorts = new Set<string>();
  /** Writes that are over, and after which the sides may hold different data. */
  readonly earlier: EarlierWrites;

  /** `tell`: see EarlierWrites. */
  constructor(tell?: ConstructorParameters<typeof EarlierWrites>[1]) {
    this.earlier = new EarlierWrites(undefined, tell);
  }

  get watching(): boolean {
    return this.cohorts.size > 0;
  }

  /** Requests of this cohort are copied. */
  watch(cohort: string): void {
    if (!this.cohorts.has(cohort)) this.cohorts.add(cohort);
  }

  /** For a copied request. `admit`: see KeyTurn.line. */
  turn(hash: number, cohort: string, write: boolean, admit: () => void): KeyTurn {
    this.watch(cohort);
    return new KeyTurn(this, this.keyOf(hash), write, admit);
  }

  /** For a write that is not shadowed: who is told when it has been served; undefined: nobody needs to know. */
  write(hash: number, cohort: string): OverListener | undefined {
    if (!this.cohorts.has(cohort)) return undefined;
    const key = this.keyOf(hash);
    key.users++;
    key.writing++;
    key.begun++;
    key.unshadowed++;
    this.earlier.note(hash, "not_copied");
    return {
      onOver: () => {
        key.writing--;
        this.released(key);
      },
    };
  }

  /** Only these cohorts are in the files. */
  retain(cohorts: ReadonlySet<string>): void {
    for (const cohort of this.cohorts) if (!cohorts.has(cohort)) this.cohorts.delete(cohort);
  }

  released(key: Key): void {
    key.users--;
    if (key.users === 0) this.keys.delete(key.hash);
  }

  private keyOf(hash: number): Key {
    let key = this.keys.get(hash);
    if (key === undefined) {
      key = { hash, users: 0, writing: 0, begun: 0, unshadowed: 0, reads: 0, writes: 0, queue: [] };
      this.keys.set(hash, key);
    }
    return key;
  }
}
