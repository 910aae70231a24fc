import type { Identity } from "../../domain/identity.ts";
import type { PolicyName } from "../../domain/policies.ts";
import type { RefusalCode } from "../../domain/refusals.ts";
import type { UpstreamTry } from "../../domain/upstream-state.ts";
import type { Served } from "../contract.ts";

/**
 * What layers and backends below the cache know of a client whose request is asked on behalf of several: it may leave, and the
 * answer is still awaited.
 */
export class Attended implements Served {
  readonly eventStream = false;
  shadowed = false;
  erred = false;
  maxBodyBytes: number;
  identity: Identity | undefined;
  private readonly first: Served;
  private readonly reads: () => boolean;
  private readonly broken: (error: unknown) => void;

  /** `reads`: the first client still waits. */
  constructor(first: Served, reads: () => boolean, broken: (error: unknown) => void) {
    this.first = first;
    this.identity = first.identity;
    this.maxBodyBytes = first.maxBodyBytes;
    this.reads = reads;
    this.broken = broken;
  }

  clientAddress(): string {
    return this.first.clientAddress();
  }

  onTry(tried: UpstreamTry): void {
    if (this.reads()) this.first.onTry(tried);
  }

  /** The fetch itself hears of its first client's end. */
  onOver(): void {}

  layerFailed(error: unknown): void {
    this.broken(error);
  }

  answersItself(code: RefusalCode): void {
    if (this.reads()) this.first.answersItself(code);
  }

  answersByPolicy(): void {
    if (this.reads()) this.first.answersByPolicy();
  }

  verdict(policy: PolicyName, verdict: string): void {
    if (this.reads()) this.first.verdict(policy, verdict);
  }

  // Fallback stands above the cache.
  fallsBack(): void {}
}
