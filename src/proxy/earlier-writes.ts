import type { Verdict } from "../compare/contract.ts";
import type { EarlierWrite } from "../domain/outcomes.ts";

/** Keys are remembered by their split hash alone. */
const MAX_KEYS = 20_000;

/** A request of a sticky key. */
interface WriteOrRead {
  readonly write: boolean;
  readonly key: { readonly hash: number };
}

/**
 * Sticky keys of which a write was answered differently by the two sides, or reached one of them alone: what they read later may differ
 * for that. It is a front door's, whose processes tell each other, and bounded: the key that wrote least recently is forgotten.
 */
export class EarlierWrites {
  private readonly keys = new Map<number, EarlierWrite>();
  private readonly maxKeys: number;
  private readonly tell: ((hash: number, what: EarlierWrite) => void) | undefined;
  /** Keys that made room for others. */
  forgotten = 0;

  /** `tell`: hears what is new here, for others that serve. */
  constructor(maxKeys = MAX_KEYS, tell?: (hash: number, what: EarlierWrite) => void) {
    this.maxKeys = maxKeys;
    this.tell = tell;
  }

  get size(): number {
    return this.keys.size;
  }

  /** A write that differed says more than one that was not copied. */
  note(hash: number, what: EarlierWrite): void {
    const known = this.keys.get(hash);
    this.hear(hash, what);
    if (known !== "differed" && known !== what) this.tell?.(hash, what);
  }

  /** What others that serve noted. */
  hear(hash: number, what: EarlierWrite): void {
    const known = this.keys.get(hash);
    this.keys.delete(hash);
    this.keys.set(hash, known === "differed" ? known : what);
    if (this.keys.size <= this.maxKeys) return;
    for (const oldest of this.keys.keys()) {
      this.keys.delete(oldest);
      this.forgotten++;
      break;
    }
  }

  of(hash: number): EarlierWrite | undefined {
    return this.keys.get(hash);
  }

  /** A write that differs is remembered; a read that differs says what is remembered of its key. It counts as any other. */
  told(turn: WriteOrRead | undefined, verdict: Verdict): Verdict {
    if (turn === undefined || verdict.outcome !== "mismatch") return verdict;
    const { hash } = turn.key;
    if (turn.write) {
      this.note(hash, "differed");
      return verdict;
    }
    const earlier = this.of(hash);
    return earlier === undefined ? verdict : { ...verdict, earlier };
  }
}
