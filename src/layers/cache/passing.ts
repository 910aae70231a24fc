import type { BackendListener } from "../../backends/contract.ts";
import { headerLines } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { askedHost } from "../../routing/asked.ts";
import type { Decision } from "../../routing/decide.ts";
import { Relay } from "../relay.ts";
import type { CacheContext } from "./context.ts";

/** An answer that the cache only says something of (RFC 9211). */
export class Passing extends Relay {
  private readonly forward: string;

  constructor(listener: BackendListener, forward: string) {
    super(listener);
    this.forward = forward;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, [...headers, "cache-status", `fig; fwd=${this.forward}`], framing);
  }
}

/** The answer to an unsafe method: what is stored of its target, and of what it points at on the same host, is void (RFC 9111 §4.4). */
export class Invalidating extends Passing {
  private readonly decision: Decision;
  private readonly context: CacheContext;

  constructor(listener: BackendListener, decision: Decision, context: CacheContext) {
    super(listener, "method");
    this.decision = decision;
    this.context = context;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (status >= 200 && status < 400) this.invalidate(headers);
    super.onHead(status, reason, headers, framing);
  }

  private invalidate(headers: RawHeaders): void {
    const { decision, context } = this;
    const host = askedHost(decision).toLowerCase();
    const paths = new Set([withoutQuery(decision.path)]);
    for (const name of ["location", "content-location"])
      for (const line of headerLines(headers, name)) {
        const path = pathOf(line, decision.path, host);
        if (path !== undefined) paths.add(path);
      }
    context.invalidate([...paths], host);
  }
}

function withoutQuery(path: string): string {
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
}

/** The path of a reference, if it stays on this host. */
function pathOf(reference: string, base: string, host: string): string | undefined {
  const url = URL.parse(reference, `http://${host === "" ? "localhost" : host}${base}`);
  if (url === null || (host !== "" && url.host !== host && url.host !== host.replace(/:(?:80|443)$/, "")))
    return undefined;
  return url.pathname;
}
