import type { ByteBudget } from "../domain/byte-budget.ts";
import { KeptBytes } from "./kept-bytes.ts";

/** Bytes of a message's body that are kept to be sent again, up to a bound of their own and within the budget of all such. */
export class KeptBody {
  private readonly budget: ByteBudget;
  private readonly maxBytes: number;
  private kept = new KeptBytes();
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
    return this.kept.chunks;
  }

  /** Keeps a copy. False: a bound is reached, and nothing is kept any more. */
  keep(chunk: Uint8Array): boolean {
    if (!this.open) return false;
    const { budget, kept } = this;
    const fits = kept.bytes + chunk.length <= this.maxBytes;
    if (fits && kept.keep(chunk, (bytes) => budget.reserve(bytes))) return true;
    this.release();
    return false;
  }

  /** Lets go of everything. */
  release(): void {
    this.open = false;
    this.budget.release(this.kept.held);
    this.kept = new KeptBytes();
  }
}
