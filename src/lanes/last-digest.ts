import { hash } from "node:crypto";
import type { Digests } from "../domain/message.ts";
import { ownText } from "../domain/own-text.ts";

/** A longer text is not kept: a connection that waits shall hold little. */
const MAX_KEPT_CHARS = 4096;

/**
 * The SHA-256 of the credential that a connection sent last. A client that is known sends the same one with each request, and need
 * not pay for it each time. The text is kept when it came twice in a row (requests of many clients on one
 * connection are spared the copy), until the connection sends another or ends. It is held against what came on the same connection alone.
 */
export class LastDigest implements Digests {
  private text = "";
  private digest = "";

  of(text: string): string {
    if (text === this.text && text !== "") return this.digest;
    const digest = hash("sha256", text, "hex");
    const again = digest === this.digest && text.length <= MAX_KEPT_CHARS;
    this.text = again ? ownText(text) : "";
    this.digest = digest;
    return digest;
  }
}
