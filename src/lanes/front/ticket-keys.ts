import { hkdfSync } from "node:crypto";
import type { Clock } from "../../domain/clock.ts";

/** What tls.Server takes: names, encrypts and signs tickets. */
const KEY_BYTES = 48;
const SECRET_BYTES = 32;
/** So often there is a new secret. */
export const TICKETS_MS = 12 * 3_600_000;

export function ticketSecret(hex: Clock["hex"]): string {
  return hex(SECRET_BYTES);
}

/**
 * What session tickets are sealed with: one secret, from which each use has a key of its own. Whoever has the same secret takes the
 * same tickets. A new secret makes those of the old one worthless: such a client does a full handshake, and an old key is in no
 * memory any more.
 */
export class TicketKeys {
  private secret: string;
  private readonly hex: Clock["hex"];

  constructor(hex: Clock["hex"], secret: string = ticketSecret(hex)) {
    this.hex = hex;
    this.secret = secret;
  }

  rotate(secret: string = ticketSecret(this.hex)): void {
    this.secret = secret;
  }

  /** A ticket of one use means nothing to another: a client that was not asked for a certificate here must not be taken there. */
  keyFor(use: string): Buffer {
    return Buffer.from(
      hkdfSync("sha256", Buffer.from(this.secret, "hex"), "", `fig tickets ${use}`, KEY_BYTES),
    );
  }
}
