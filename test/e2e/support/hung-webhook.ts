import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const SECRET = "a secret of at least sixteen";

/** Takes connections and says nothing, as long as it hangs; then keeps what it is sent, if it is signed. */
export class HungWebhook {
  hangs = true;
  readonly bodies: { readonly id: string; readonly revision: number | null }[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((incoming, response) => void this.hear(incoming, response));
  }

  static async start(): Promise<HungWebhook> {
    const hook = new HungWebhook();
    await new Promise<void>((resolve) => hook.server.listen(0, "127.0.0.1", resolve));
    return hook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook?token=t0ken`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async hear(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.hangs) return;
    const body = await text(incoming);
    const { "x-fig-timestamp": at, "x-fig-signature": signature } = incoming.headers;
    const due = createHmac("sha256", SECRET)
      .update(`${String(at)}.${body}`)
      .digest("hex");
    if (signature === `sha256=${due}`) this.bodies.push(JSON.parse(body));
    response.writeHead(204).end();
  }
}
