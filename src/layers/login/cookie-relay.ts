import type { BackendListener } from "../../backends/contract.ts";
import { makePrivate } from "../../domain/client-cookie.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { Relay } from "../relay.ts";

/** Sets cookies with the answer, which no shared cache may keep then. */
export class CookieRelay extends Relay {
  private readonly cookies: () => readonly string[];

  /** `cookies`: asked when the answer begins, since a session may have ended meanwhile. */
  constructor(listener: BackendListener, cookies: () => readonly string[]) {
    super(listener);
    this.cookies = cookies;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, this.withCookies(headers), framing);
  }

  /** Browsers take cookies of the answer that opens a WebSocket too (RFC 6455 §4.1): a renewed session must not be lost. */
  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onUpgrade(status, reason, this.withCookies(headers));
  }

  private withCookies(headers: RawHeaders): RawHeaders {
    const set = this.cookies();
    if (set.length === 0) return headers;
    const fields = [...headers];
    makePrivate(fields, true);
    for (const cookie of set) fields.push("set-cookie", cookie);
    return fields;
  }
}
