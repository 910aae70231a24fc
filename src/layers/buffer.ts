import type { ByteBudget } from "../domain/byte-budget.ts";

/** Bytes of a message's body that a layer keeps, up to a bound of its own and within the budget of all layers. */
export class KeptBody {
  private readonly budget: ByteBudget;
  private readonly maxBytes: number;
  private parts: Uint8Array[] = [];
  private bytes = 0;
  private open = true;

  constructor(budget: ByteBudget, maxBytes: number) {
    this.budget = budget;
    this.maxBytes = maxBytes;
  }

  /** Everything that came is here. */
  get whole(): boolean {
    return this.open;
  }

  get chunks(): readonly Uint8Array[] {
    return this.parts;
  }

  /** Keeps a copy. False: a bound is reached, and nothing is kept any more. */
  keep(chunk: Uint8Array): boolean {
    if (!this.open) return false;
    if (this.bytes + chunk.length > this.maxBytes || !this.budget.reserve(chunk.length)) {
      this.release();
      return false;
    }
    this.bytes += chunk.length;
    this.parts.push(Uint8Array.from(chunk));
    return true;
  }

  /** Lets go of everything. */
  release(): void {
    this.open = false;
    this.parts = [];
    this.budget.release(this.bytes);
    this.bytes = 0;
  }
}
