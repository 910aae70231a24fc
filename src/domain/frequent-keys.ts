/**
 * The keys that come most often, in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k
 * elements in data streams", 2005). A key that makes up more than 1/`most` of all is always among them; a count is at most too high, by the
 * least count that there was when its key came.
 */
export class FrequentKeys {
  private readonly most: number;
  private readonly kept = new Map<string, number>();

  constructor(most: number) {
    this.most = most;
  }

  add(key: string): void {
    const count = this.kept.get(key);
    if (count !== undefined) this.kept.set(key, count + 1);
    else if (this.kept.size < this.most) this.kept.set(key, 1);
    else this.replace(key);
  }

  private replace(key: string): void {
    let least = Number.POSITIVE_INFINITY;
    let rarest = "";
    for (const [each, count] of this.kept) {
      if (count >= least) continue;
      least = count;
      rarest = each;
    }
    this.kept.delete(rarest);
    this.kept.set(key, least + 1);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.kept);
  }
}
