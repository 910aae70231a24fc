const FEW = 64;
/** Kept from one pair of bodies to the next. */
const MAX_KEPT = 4096;

/** Where the members or elements of the containers begin that are being read, on both sides. */
export class Starts {
  private places = new Int32Array(FEW);
  top = 0;

  /** Between two pairs of bodies, of which the last may have been left half read. */
  tidy(): void {
    this.top = 0;
    if (this.places.length > MAX_KEPT) this.places = new Int32Array(FEW);
  }

  push(left: number, right: number): void {
    if (this.top + 2 > this.places.length) {
      const more = new Int32Array(this.places.length * 2);
      more.set(this.places);
      this.places = more;
    }
    this.places[this.top++] = left;
    this.places[this.top++] = right;
  }

  /** The value that was pushed last at this depth stands there with the same bytes on both sides. */
  markSame(base: number, index: number): void {
    const at = base + 2 * index + 1;
    this.places[at] = ~(this.places[at] as number);
  }

  isSame(base: number, index: number): boolean {
    return (this.places[base + 2 * index + 1] as number) < 0;
  }

  left(base: number, index: number): number {
    return this.places[base + 2 * index] as number;
  }

  right(base: number, index: number): number {
    const place = this.places[base + 2 * index + 1] as number;
    return place < 0 ? ~place : place;
  }
}
