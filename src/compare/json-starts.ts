/** Where the members or elements of the containers begin that are being read, on both sides. */
export class Starts {
  private places = new Int32Array(64);
  top = 0;

  push(left: number, right: number): void {
    if (this.top + 2 > this.places.length) {
      const more = new Int32Array(this.places.length * 2);
      more.set(this.places);
      this.places = more;
    }
    this.places[this.top++] = left;
    this.places[this.top++] = right;
  }

  left(base: number, index: number): number {
    return this.places[base + 2 * index] as number;
  }

  right(base: number, index: number): number {
    return this.places[base + 2 * index + 1] as number;
  }
}
