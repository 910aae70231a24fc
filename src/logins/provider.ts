import { createHmac } from "node:crypto";
import * as client from "openid-client";
import type { Ask } from "../asking/contract.ts";
import type { ProviderSettings } from "../domain/policies/login.ts";
import { faultOf } from "./provider-faults.ts";
import { CALL_MS, isPrivateWay, NotAsked, providerFetch } from "./provider-fetch.ts";

/** Metadata are read again after so long; those that are known hold meanwhile. */
const METADATA_MS = 3_600_000;
/** After metadata could not be read, nobody asks for them so long. */
const COOL_MS = 3_000;

type ProviderCall = "discovery" | "code" | "refresh" | "userinfo" | "revoke";

interface ProviderOptions {
  readonly settings: ProviderSettings;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly ask: Ask;
  readonly now: () => number;
  readonly count: (call: ProviderCall, result: "ok" | "refused" | "failed") => void;
}

/** What the provider said of somebody. */
export interface Signed {
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expiresInMs: number | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
}

interface Proof {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** One client at one provider, over openid-client. Methods reject with what faultOf() names. */
export class Provider {
  private readonly options: ProviderOptions;
  private readonly insecure: boolean;
  private known: { readonly config: client.Configuration; readonly at: number } | undefined;
  private asked: Promise<client.Configuration> | undefined;
  private coolUntil = 0;

  constructor(options: ProviderOptions) {
    this.options = options;
    const { issuer } = options.settings;
    this.insecure = URL.parse(issuer)?.protocol === "http:" && isPrivateWay(new URL(issuer));
    if (!options.settings.openid)
      this.known = { config: this.configured({ issuer }), at: Number.POSITIVE_INFINITY };
  }

  /** Where somebody is sent to log in (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core §3.1.2.1). */
  async authorizeUrl(redirectUri: string, { state, nonce, verifier }: Proof): Promise<string> {
    const { scopes, parameters, openid } = this.options.settings;
    const config = await this.configuration();
    return client.buildAuthorizationUrl(config, {
      ...parameters,
      redirect_uri: redirectUri,
      scope: scopes.join(" "),
      state,
      ...(openid ? { nonce } : {}),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).href;
  }

  /** Gives a code in. `wanted`: claims that are looked for where the ID token lacks them. */
  async exchange(
    answered: URL,
    { state, nonce, verifier }: Proof,
    wanted: readonly string[],
  ): Promise<Signed> {
    const { openid } = this.options.settings;
    const config = await this.configuration();
    const checks = { expectedState: state, pkceCodeVerifier: verifier };
    const tokens = await this.counted("code", () =>
      client.authorizationCodeGrant(
        config,
        answered,
        openid ? { ...checks, expectedNonce: nonce, idTokenExpected: true } : checks,
      ),
    );
    const claims = openid ? tokens.claims() : await this.profile(config, tokens.access_token);
    if (claims === undefined) throw new NotAsked("there is no ID token");
    const missing = openid && wanted.some((name) => claims[name] === undefined);
    const more = missing ? await this.userinfo(config, tokens.access_token, String(claims.sub)) : {};
    return signed({ ...more, ...claims }, tokens);
  }

  /** Undefined: the provider ended it. */
  async refresh(refreshToken: string, subject: string): Promise<Partial<Signed> | undefined> {
    const config = await this.configuration();
    try {
      const tokens = await this.counted("refresh", () => client.refreshTokenGrant(config, refreshToken));
      const claims = tokens.id_token === undefined ? undefined : tokens.claims();
      // Another person's token (OpenID Connect Core §12.2).
      if (claims !== undefined && claims.sub !== subject) return undefined;
      return signed(claims ?? { sub: subject }, tokens);
    } catch (error) {
      if (faultOf(error).kind === "code") return undefined;
      throw error;
    }
  }

  /** Where a session ends at the provider; undefined: it has no such place. */
  async endUrl(back: string, idToken: string | undefined): Promise<string | undefined> {
    const { settings, clientId } = this.options;
    if (settings.kind === "cognito") {
      if (settings.logout === undefined) return undefined;
      const url = new URL(settings.logout);
      // Its own names, beside no hint (Cognito, Logout endpoint).
      url.searchParams.set("client_id", clientId);
      url.searchParams.set("logout_uri", back);
      return url.href;
    }
    const config = await this.configuration();
    if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
    const hint: Record<string, string> = idToken === undefined ? {} : { id_token_hint: idToken };
    return client.buildEndSessionUrl(config, { post_logout_redirect_uri: back, ...hint }).href;
  }

  async revoke(refreshToken: string): Promise<void> {
    const config = await this.configuration();
    if (config.serverMetadata().revocation_endpoint === undefined) return;
    await this.counted("revoke", () => client.tokenRevocation(config, refreshToken));
  }

  private async configuration(): Promise<client.Configuration> {
    const { known } = this;
    const { now } = this.options;
    if (known !== undefined && now() - known.at < METADATA_MS) return known.config;
    if (now() < this.coolUntil) {
      if (known !== undefined) return known.config;
      throw new NotAsked("its metadata could not be read just now");
    }
    this.asked ??= this.discover().finally(() => {
      this.asked = undefined;
    });
    if (known === undefined) return this.asked;
    // Whoever comes meanwhile goes on with what is known.
    this.asked.catch(() => {});
    return known.config;
  }

  private async discover(): Promise<client.Configuration> {
    const { settings, clientId, ask, now } = this.options;
    try {
      const found = await this.counted("discovery", () =>
        client.discovery(new URL(settings.issuer), clientId, undefined, client.None(), {
          [client.customFetch]: providerFetch(ask),
          timeout: CALL_MS / 1000,
          execute: this.insecure ? [client.allowInsecureRequests] : [],
        }),
      );
      const config = this.configured({ ...found.serverMetadata() });
      this.known = { config, at: now() };
      return config;
    } catch (error) {
      this.coolUntil = now() + COOL_MS;
      throw error;
    }
  }

  private configured(metadata: client.ServerMetadata): client.Configuration {
    const { settings, clientId, clientSecret, ask } = this.options;
    const whole = {
      ...metadata,
      ...(settings.authorize === undefined ? {} : { authorization_endpoint: settings.authorize }),
      ...(settings.token === undefined ? {} : { token_endpoint: settings.token }),
      ...(settings.userinfo === undefined ? {} : { userinfo_endpoint: settings.userinfo }),
      ...(settings.logout === undefined ? {} : { end_session_endpoint: settings.logout }),
    };
    const auth = this.clientAuth(whole.token_endpoint_auth_methods_supported);
    const config = new client.Configuration(whole, clientId, clientSecret, auth);
    config.timeout = CALL_MS / 1000;
    config[client.customFetch] = providerFetch(ask);
    // Endpoints that are no private way are refused by the fetch itself.
    if (this.insecure || ["authorize", "token", "userinfo"].some((key) => plain(settings, key)))
      client.allowInsecureRequests(config);
    if (settings.openid) client.enableNonRepudiationChecks(config);
    return config;
  }

  /** How the secret is sent: as the metadata say, and Basic where they say nothing (OpenID Connect Discovery §3). */
  private clientAuth(supported: readonly string[] | undefined): client.ClientAuth {
    const { clientSecret, settings } = this.options;
    if (clientSecret === undefined) return client.None();
    const posts = settings.kind === "facebook" || supported?.includes("client_secret_basic") === false;
    return posts ? client.ClientSecretPost(clientSecret) : basicAuth(this.options.clientId, clientSecret);
  }

  private async userinfo(config: client.Configuration, token: string, subject: string): Promise<object> {
    if (config.serverMetadata().userinfo_endpoint === undefined) return {};
    return this.counted("userinfo", () => client.fetchUserInfo(config, token, subject));
  }

  /** Who somebody is, where there is no ID token. */
  private async profile(
    config: client.Configuration,
    token: string,
  ): Promise<Record<string, unknown> & { sub: string }> {
    const { kind, userinfo = "" } = this.options.settings;
    const url = new URL(userinfo);
    if (kind === "facebook")
      // A token that was stolen from elsewhere is of no use without the secret (Graph API, Securing Requests).
      url.searchParams.set(
        "appsecret_proof",
        createHmac("sha256", this.options.clientSecret ?? "")
          .update(token)
          .digest("hex"),
      );
    const said = await this.counted("userinfo", async () => {
      const response = await client.fetchProtectedResource(config, token, url, "GET");
      if (response.status !== 200) throw new NotAsked(`who it is: status ${response.status}`);
      return (await response.json()) as Record<string, unknown>;
    });
    const about = (kind === "x" ? said.data : said) as Record<string, unknown> | undefined;
    const { id, username, ...rest } = about ?? {};
    if (typeof id !== "string" || id === "") throw new NotAsked("it does not say who it is");
    return {
      ...rest,
      ...(username === undefined ? {} : { username, preferred_username: username }),
      sub: id,
    };
  }

  private async counted<Value>(call: ProviderCall, ask: () => Promise<Value>): Promise<Value> {
    const { count } = this.options;
    try {
      const value = await ask();
      count(call, "ok");
      return value;
    } catch (error) {
      count(call, faultOf(error).kind === "unavailable" ? "failed" : "refused");
      throw error;
    }
  }
}

/**
 * Encoded as forms are (RFC 6749 §2.3.1), which leaves `-` and `_` alone: openid-client's own encodes these too, and there are
 * providers, X among them, that do not decode.
 */
function basicAuth(id: string, secret: string): client.ClientAuth {
  const encoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
  const credentials = Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString("base64");
  return (_server, _client, _body, headers) => headers.set("authorization", `Basic ${credentials}`);
}

function plain(settings: ProviderSettings, key: string): boolean {
  return URL.parse(String(settings[key as "token"] ?? ""))?.protocol === "http:";
}

function signed(
  claims: Readonly<Record<string, unknown>>,
  tokens: { readonly expires_in?: number; readonly refresh_token?: string; readonly id_token?: string },
): Signed {
  const { expires_in: seconds } = tokens;
  return {
    subject: String(claims.sub),
    claims,
    expiresInMs: typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined,
    refreshToken: tokens.refresh_token,
    idToken: tokens.id_token,
  };
}
