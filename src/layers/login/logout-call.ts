import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import { headerLines, onlyHeader } from "../../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { KeptBody } from "../../wire/kept-body.ts";
import { joined } from "../../wire/kept-bytes.ts";
import type { LayerTools, ServedRequest } from "../contract.ts";
import { Relay } from "../relay.ts";

/** Of a form with a logout token. */
const MAX_LOGOUT_BYTES = 32 * 1024;

/** Reads a form with one `logout_token`, and goes on with that; undefined: it is none. */
export class LogoutCall extends Relay {
  private readonly request: ServedRequest;
  private readonly body: KeptBody;
  private readonly go: (token: string | undefined, listener: BackendListener) => BackendCall;
  private over = false;

  constructor(
    request: ServedRequest,
    listener: BackendListener,
    { bodies }: Pick<LayerTools, "bodies">,
    go: (token: string | undefined, listener: BackendListener) => BackendCall,
  ) {
    super(listener);
    this.request = request;
    this.body = new KeptBody(bodies, MAX_LOGOUT_BYTES);
    this.go = go;
  }

  begin(): BackendCall {
    const { decision, method } = this.request;
    const { framing, headers, expectContinue } = decision.head;
    const [type = "", ...more] = headerLines(headers, "content-type");
    const fits =
      method === "POST" &&
      more.length === 0 &&
      /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type) &&
      onlyHeader(headers, "content-encoding") === undefined &&
      framing !== NO_BODY &&
      (framing === CHUNKED || framing <= MAX_LOGOUT_BYTES);
    if (!fits) return this.go(undefined, this.listener);
    if (expectContinue) this.listener.onInform(100, "Continue", []);
    return this;
  }

  override write(chunk: Uint8Array): boolean {
    if (this.over) return this.call.write(chunk);
    if (!this.body.keep(chunk)) this.finish(undefined);
    return true;
  }

  override end(_trailers: RawHeaders | undefined): void {
    if (!this.over) this.finish(new TextDecoder().decode(joined(this.body.chunks)));
  }

  override abort(): void {
    this.over = true;
    this.body.release();
    this.call.abort();
  }

  private finish(text: string | undefined): void {
    this.over = true;
    this.body.release();
    const tokens = text === undefined ? [] : new URLSearchParams(text).getAll("logout_token");
    this.call = this.go(tokens.length === 1 ? tokens[0] : undefined, this.listener);
  }
}
