import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
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
  /** Where it tells of logouts. */
  readonly backchannel?: string;
  /** It serves https. */
  readonly tls?: { readonly cert: string; readonly key: string };
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
    backchannel,
    tls,
  }: OpenIdProviderOptions): Promise<OpenIdProvider> {
    const module = (await import(pathToFileURL(installed.resolve("oidc-provider")).href)) as ProviderModule;
    const at = port ?? (await freePort());
    const url = tls === undefined ? `http://127.0.0.1:${at}` : `https://localhost:${at}`;
    const provider = new module.default(url, {
      clients: [
        {
          client_id: "shop",
          client_secret: "shop-secret-of-the-provider",
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          redirect_uris: [`${door}/.fig/login/callback`],
          post_logout_redirect_uris: [`${door}/`],
          ...(backchannel === undefined
            ? {}
            : { backchannel_logout_uri: backchannel, backchannel_logout_session_required: true }),
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
      features: {
        devInteractions: { enabled: true },
        revocation: { enabled: true },
        backchannelLogout: { enabled: backchannel !== undefined },
      },
      cookies: { keys: ["of-the-test"] },
      // Its own asks no address of this machine.
      fetch: (at: string, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown }) =>
        fetch(at, init),
    });
    const listener = provider.callback();
    const answers: RequestListener = (request, response) => {
      if (made.instead !== undefined) made.instead(request, response);
      else {
        if (request.url === "/token") made.grants.push(request.method ?? "");
        listener(request, response);
      }
    };
    const server = tls === undefined ? createServer(answers) : createSecureServer(tls, answers);
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
