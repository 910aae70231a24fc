import { KeptBytes } from "./kept-bytes.ts";
import { waitingBytes } from "./waiting-bytes.ts";

/** Of a body, what came before there was anyone to take it: about one read, as its sender is paused. Small chunks are joined. */
export class WaitingBody {
  private kept = new KeptBytes();

  keep(chunk: Uint8Array): void {
    this.kept.keep(chunk, hold);
  }

  /** Gives it, and lets go of it. */
  take(): readonly Uint8Array[] {
    const { kept } = this;
    this.kept = new KeptBytes();
    waitingBytes.release(kept.held);
    return kept.chunks;
  }
}

function hold(bytes: number): boolean {
  waitingBytes.hold(bytes);
  return true;
}
