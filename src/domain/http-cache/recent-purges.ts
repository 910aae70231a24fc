import { decodedPath, type Purge, type Purgeable, purges } from "./purge.ts";

/** Purges that answers under way are held against. */
const PURGES_KEPT = 128;
/** Paths that unsafe methods made void, for the same: a busy fleet has thousands a second. */
const VOIDS_KEPT = 8_192;
const VOIDS_KEPT_CHARS = 1024 * 1024;

const keyOf = (path: string, host: string) => `${host}\n${path}`;

/** What of late may be stored no more if it was under way before. */
export class RecentPurges {
  /** Purges, and paths that became void, so far: what began before one may not be stored behind it. */
  count = 0;
  private readonly purges: { readonly at: number; readonly goes: ReturnType<typeof purges> }[] = [];
  /** When each became void last, by host and path as purges read it; oldest first. */
  private readonly voids = new Map<string, number>();
  private voidChars = 0;
  /** What began before it is not known to have been spared. */
  private known = 0;

  purge(purge: Purge): ReturnType<typeof purges> {
    const goes = purges(purge);
    this.purges.push({ at: ++this.count, goes });
    if (this.purges.length > PURGES_KEPT) this.known = Math.max(this.known, this.purges.shift()?.at ?? 0);
    return goes;
  }

  /** One path alone, whatever characters it has. */
  void(path: string, host: string): void {
    const at = ++this.count;
    const read = decodedPath(path);
    this.note(keyOf(read, host), at);
    // Where the host is not in the key, an answer is every host's.
    if (host !== "") this.note(keyOf(read, ""), at);
    for (const [key, before] of this.voids) {
      if (this.voids.size <= VOIDS_KEPT && this.voidChars <= VOIDS_KEPT_CHARS) return;
      this.known = Math.max(this.known, before);
      this.forget(key);
    }
  }

  /** Whether an answer that began when `count` was `since` falls under one that came later, as far as is known. */
  since(since: number, answer: Purgeable): boolean {
    if (since === this.count) return false;
    if (since < this.known) return true;
    const at = this.voids.get(keyOf(decodedPath(answer.path), answer.host)) ?? 0;
    return at > since || this.purges.some((purge) => purge.at > since && purge.goes(answer));
  }

  private note(key: string, at: number): void {
    this.forget(key);
    this.voids.set(key, at);
    this.voidChars += key.length;
  }

  private forget(key: string): void {
    if (this.voids.delete(key)) this.voidChars -= key.length;
  }
}
