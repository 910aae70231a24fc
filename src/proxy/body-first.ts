import type { BackendCall } from "../backends/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { RawHeaders, RequestHead } from "../domain/message.ts";
import {
  MAX_OPERATION_BYTES,
  type OperationsRead,
  readOperations,
} from "../domain/operations/asked-operations.ts";
import { KeptBytes } from "../wire/kept-bytes.ts";

/** What was kept of a body until its request was decided. */
export interface Held {
  readonly chunks: readonly Uint8Array[];
  /** The body has ended, with these trailers; undefined: more of it is to come. */
  readonly ended: { readonly trailers: RawHeaders | undefined } | undefined;
}

/**
 * Stands in the place of a side's call until a request's body says which operations it asks for, and thus which route takes it: it keeps
 * the body, up to a bound of its own and within the budget of all such. A body past either says nothing.
 */
export class BodyFirst implements BackendCall {
  private readonly head: RequestHead;
  private readonly budget: ByteBudget;
  private readonly decided: (read: OperationsRead, held: Held) => void;
  private readonly left: () => void;
  private kept = new KeptBytes();
  private over = false;

  /** `decided`: called once, unless `left` is: the request is given up. */
  constructor(
    head: RequestHead,
    budget: ByteBudget,
    decided: (read: OperationsRead, held: Held) => void,
    left: () => void,
  ) {
    this.head = head;
    this.budget = budget;
    this.decided = decided;
    this.left = left;
  }

  write(chunk: Uint8Array): boolean {
    const { kept, budget } = this;
    const fits = kept.bytes + chunk.length <= MAX_OPERATION_BYTES;
    if (fits && kept.keep(chunk, (bytes) => budget.reserve(bytes))) return true;
    this.settle({ kind: "unread", why: "too_large" }, { chunks: [...kept.chunks, chunk], ended: undefined });
    return true;
  }

  end(trailers: RawHeaders | undefined): void {
    const { chunks } = this.kept;
    this.settle(readOperations(this.head, chunks), { chunks, ended: { trailers } });
  }

  pause(): void {}
  resume(): void {}
  allowSilence(): void {}

  abort(): void {
    if (this.release()) this.left();
  }

  private settle(read: OperationsRead, held: Held): void {
    if (this.release()) this.decided(read, held);
  }

  /** False: it is over already. */
  private release(): boolean {
    if (this.over) return false;
    this.over = true;
    this.budget.release(this.kept.held);
    this.kept = new KeptBytes();
    return true;
  }
}
