import { Seal } from "../../src/logins/seal.ts";
import { CookieBrowser, type Page } from "./cookie-browser.ts";
import { doorPort, type EchoSide, echoSide, type LoginDoor, loginDoor, SECRET } from "./login-door.ts";
import { OpenIdProvider } from "./openid-provider.ts";

let words = 0;
/** No two alike. */
export const randomHex = (bytes: number) => (++words).toString(16).padStart(bytes * 2, "5");

/** A front door before oidc-provider, somebody who is logged in, and what an attacker could make if a secret were known. */
export class LoginForge {
  /** The cookie of somebody who logged in. */
  session = "";
  readonly side: EchoSide;
  readonly provider: OpenIdProvider;
  readonly door: LoginDoor;

  private constructor(side: EchoSide, provider: OpenIdProvider, door: LoginDoor) {
    this.side = side;
    this.provider = provider;
    this.door = door;
  }

  static async start(): Promise<LoginForge> {
    const port = await doorPort();
    const side = await echoSide();
    const provider = await OpenIdProvider.start({ door: `http://127.0.0.1:${port}` });
    const door = await loginDoor({
      port,
      upstream: side.url,
      more: "trustedProxies: [127.0.0.1/32]",
      login: `{ issuer: "${provider.url}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ["\${SESSION_SECRET}"] }, forward: { claims: [email] } }`,
    });
    const forge = new LoginForge(side, provider, door);
    const browser = new CookieBrowser();
    await browser.logIn(await browser.open(`${door.url}/`), "ada");
    forge.session = browser.value("fig_session") ?? "";
    return forge;
  }

  async close(): Promise<void> {
    await this.door.close();
    await this.provider.close();
    this.side.close();
  }

  get host(): string {
    return new URL(this.door.url).host;
  }

  /** What a text is sealed for. */
  about(
    kind: "session" | "attempt",
    name = "fig_session",
    host = this.host,
    client = `${this.provider.url} shop`,
  ): readonly string[] {
    return [kind, name, host, client];
  }

  sealed(value: object, about: readonly string[], secret = SECRET): string {
    return new Seal([secret], randomHex).seal(JSON.stringify(value), about);
  }

  opened(text: string): Record<string, unknown> {
    return JSON.parse(new Seal([SECRET], randomHex).open(text, this.about("attempt")) ?? "{}");
  }

  /** Somebody who never logged in. */
  person(more: object = {}): object {
    return { ...{ id: "s1", subject: "root", claims: {}, began: Date.now(), seen: Date.now() }, ...more };
  }

  ask(cookie: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return new CookieBrowser().once(`${this.door.url}/x`, {
      headers: { accept: "application/json", cookie, ...headers },
    });
  }
}
