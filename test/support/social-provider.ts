import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const ID = "shop";
const SECRET = "shop-secret-of-the-provider";

/** Facebook's and X's ways of a login, as their references give them: one code, one token. */
export class SocialProvider {
  url = "";
  readonly kind: "facebook" | "x";
  readonly refused: string[] = [];
  private challenge = "";
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => {
      this.refused.push(String(error));
      response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_request"}');
    });
  });

  private constructor(kind: "facebook" | "x") {
    this.kind = kind;
  }

  static async start(kind: "facebook" | "x"): Promise<SocialProvider> {
    const made = new SocialProvider(kind);
    made.server.listen(0, "127.0.0.1");
    await once(made.server, "listening");
    made.url = `http://127.0.0.1:${(made.server.address() as AddressInfo).port}`;
    return made;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const said = (value: object) =>
      response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    const { authorization = "" } = request.headers;
    if (url.pathname === "/authorize") {
      this.challenge = url.searchParams.get("code_challenge") ?? "";
      if (url.searchParams.has("nonce")) throw new Error("a nonce");
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", "the-code");
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      response.writeHead(302, { location: this.kind === "facebook" ? `${back.href}#_=_` : back.href }).end();
    } else if (url.pathname === "/token") {
      const verified = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      const basic = `Basic ${Buffer.from(`${ID}:${SECRET}`).toString("base64")}`;
      const proven =
        this.kind === "x"
          ? authorization === basic && !form.has("client_secret")
          : authorization === "" && form.get("client_secret") === SECRET && form.get("client_id") === ID;
      if (!proven || verified !== this.challenge || form.get("code") !== "the-code")
        throw new Error("a wrong token request");
      said({ access_token: "the-token", token_type: "bearer", expires_in: 7200 });
    } else if (url.pathname === "/me") {
      const proof = createHmac("sha256", SECRET).update("the-token").digest("hex");
      if (authorization !== "Bearer the-token") throw new Error("no token");
      if (this.kind === "facebook" && url.searchParams.get("appsecret_proof") !== proof)
        throw new Error("no proof");
      said(
        this.kind === "facebook"
          ? { id: "1234", name: "Ada", email: "ada@shop.test" }
          : { data: { id: "5678", name: "Ada", username: "ada_l" } },
      );
    } else response.writeHead(404).end();
  }
}
