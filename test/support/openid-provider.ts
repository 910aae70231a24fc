import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { freePort } from "./free-port.ts";

const installed = createRequire(new URL("../counterparts/package.json", import.meta.url));

interface ProviderModule {
  default: new (issuer: string, settings: object) => { callback(): RequestListener };
}

export interface OpenIdProviderOptions {
  /** Of the front door: `http://127.0.0.1:8080`. */
  readonly door: string;
  readonly accessTokenSeconds?: number;
  /** Refresh tokens are given once. */
  readonly rotates?: boolean;
  readonly port?: number;
}

/** oidc-provider with one client, `shop`, and a form that takes any password. */
export class OpenIdProvider {
  readonly url: string;
  /** What its token endpoint was asked, by grant. */
  readonly grants: string[] = [];
  /** Set: what it answers in place of what it is asked. */
  instead: RequestListener | undefined = undefined;
  private readonly server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.server = server;
  }

  static async start({
    door,
    accessTokenSeconds = 3600,
    rotates = true,
    port,
  }: OpenIdProviderOptions): Promise<OpenIdProvider> {
    const module = (await import(pathToFileURL(installed.resolve("oidc-provider")).href)) as ProviderModule;
    const at = port ?? (await freePort());
    const url = `http://127.0.0.1:${at}`;
    const provider = new module.default(url, {
      clients: [
        {
          client_id: "shop",
          client_secret: "shop-secret-of-the-provider",
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          redirect_uris: [`${door}/.fig/login/callback`],
          post_logout_redirect_uris: [`${door}/`],
        },
      ],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      findAccount: (_context: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id}@shop.test`, email_verified: true, name: `Ada, ${id}` }),
      }),
      ttl: {
        AccessToken: accessTokenSeconds,
        IdToken: 3600,
        RefreshToken: 86_400,
        Grant: 86_400,
        Session: 86_400,
      },
      issueRefreshToken: () => true,
      rotateRefreshToken: rotates,
      features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
      cookies: { keys: ["of-the-test"] },
    });
    const listener = provider.callback();
    const server = createServer((request, response) => {
      if (made.instead !== undefined) made.instead(request, response);
      else {
        if (request.url === "/token") made.grants.push(request.method ?? "");
        listener(request, response);
      }
    });
    const made = new OpenIdProvider(url, server);
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
    return made;
  }

  close(): Promise<unknown> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    return closed;
  }
}
