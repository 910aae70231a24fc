/** One bound on bytes held in several places. Whoever reserves releases the same number, once. */
export class ByteBudget {
  readonly limit: number;
  private heldBytes = 0;
  /** How often a reservation was refused. */
  refused = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.heldBytes;
  }

  /** False when the bound would be passed; then nothing is held. */
  reserve(bytes: number): boolean {
    if (this.heldBytes + bytes > this.limit) {
      this.refused++;
      return false;
    }
    this.heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }
}
