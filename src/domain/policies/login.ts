import { awsDomain } from "../aws.ts";

/** A secret in the files: the text itself, from the environment as a rule, or the path of a file that holds it. */
export type WrittenSecret = string | { readonly file: string };

export const LOGIN_PROVIDERS = ["google", "facebook", "x", "cognito"] as const;
type LoginProvider = (typeof LOGIN_PROVIDERS)[number];

/** Addresses in place of those that a provider is known by. */
interface LoginEndpoints {
  readonly authorize?: string | undefined;
  readonly token?: string | undefined;
  readonly userinfo?: string | undefined;
  readonly logout?: string | undefined;
}

/** Signs people in at a provider, and keeps who they are in a sealed cookie. Times are in milliseconds. */
export interface LoginPolicy {
  /** Undefined: any OpenID provider, by its `issuer`. */
  readonly provider?: LoginProvider | undefined;
  readonly issuer?: string | undefined;
  readonly clientId: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecret?: WrittenSecret | undefined;
  /** Undefined: what the provider is asked for as a rule. */
  readonly scopes?: readonly string[] | undefined;
  /** Of the authorization request, besides. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly endpoints: LoginEndpoints;
  /** Of Cognito. */
  readonly region?: string | undefined;
  readonly userPool?: string | undefined;
  readonly domain?: string | undefined;
  /** Paths that the policy answers itself. */
  readonly callback: string;
  readonly start: string;
  readonly logout: string;
  /** Where the provider says that sessions ended there; undefined: nowhere. */
  readonly backchannel?: string | undefined;
  /** Where a logout ends. */
  readonly afterLogout: string;
  readonly session: {
    readonly cookie: string;
    /** The first one seals; any of them opens. */
    readonly secrets: readonly WrittenSecret[];
    readonly idle: number;
    readonly life: number;
  };
  readonly forward: { readonly claims: readonly string[] };
  /** False: requests without a session pass, and are nobody's. */
  readonly required: boolean;
}

/** A path to come back to is no longer than this; a longer one is the start page. */
const MAX_RETURN_CHARS = 2_048;
const START_PAGE = "/";
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;

/**
 * A path and query of this host that somebody may be sent to; undefined: it might lead elsewhere. Browsers read `\` as `/`,
 * leave tabs and line ends out, and take `//host` for another host (WHATWG URL, relative references).
 */
export function safeReturn(
  text: string,
  policy: Pick<LoginPolicy, "callback" | "start" | "logout">,
): string | undefined {
  if (text.length > MAX_RETURN_CHARS || !text.startsWith("/") || text.startsWith("//") || !PLAIN.test(text))
    return undefined;
  const url = URL.parse(text, "http://own.invalid");
  if (url === null || url.host !== "own.invalid" || url.protocol !== "http:" || url.username !== "")
    return undefined;
  if (url.pathname.startsWith("//") || text.includes("#")) return undefined;
  // Whoever came back to these would begin again, or be logged out.
  return [policy.callback, policy.start, policy.logout].includes(url.pathname) ? undefined : text;
}

/** Where a request's sender is sent back to: what was asked for, or the start page. */
export function returnOf(path: string, policy: Pick<LoginPolicy, "callback" | "start" | "logout">): string {
  const encoded = path.replace(
    /[^\x21-\x7e]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return safeReturn(encoded, policy) ?? START_PAGE;
}

/** The issuer of a pool's tokens. */
function poolIssuer({ region, userPool = "" }: LoginPolicy): string {
  const where = region ?? userPool.slice(0, Math.max(0, userPool.lastIndexOf("_")));
  return `https://cognito-idp.${where}.${awsDomain(where)}/${userPool}`;
}

const GRAPH = "v24.0";
const GOOGLE = "https://accounts.google.com";

/** A provider as it is asked. */
export interface ProviderSettings {
  readonly kind: LoginProvider | "oidc";
  /** Whose ID tokens are verified; of one without OpenID, a name alone. */
  readonly issuer: string;
  /** Its metadata say where it is asked, and its answers have an ID token. */
  readonly openid: boolean;
  readonly authorize?: string | undefined;
  readonly token?: string | undefined;
  readonly userinfo?: string | undefined;
  readonly logout?: string | undefined;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

export function providerSettings(policy: LoginPolicy): ProviderSettings {
  const { endpoints, parameters, scopes } = policy;
  const openid = { openid: true, scopes: scopes ?? ["openid", "email", "profile"], parameters };
  switch (policy.provider) {
    case "google":
      return { kind: "google", issuer: policy.issuer ?? GOOGLE, ...openid, ...endpoints };
    case "cognito": {
      const { domain } = policy;
      const base = domain === undefined || /^https?:/.test(domain) ? domain : `https://${domain}`;
      const hosted =
        base === undefined
          ? {}
          : {
              authorize: `${base}/oauth2/authorize`,
              token: `${base}/oauth2/token`,
              logout: `${base}/logout`,
            };
      return {
        kind: "cognito",
        issuer: policy.issuer ?? poolIssuer(policy),
        ...openid,
        ...hosted,
        ...defined(endpoints),
      };
    }
    case "facebook":
      return {
        kind: "facebook",
        issuer: "https://www.facebook.com",
        openid: false,
        authorize: `https://www.facebook.com/${GRAPH}/dialog/oauth`,
        token: `https://graph.facebook.com/${GRAPH}/oauth/access_token`,
        userinfo: `https://graph.facebook.com/${GRAPH}/me?fields=id,name,email`,
        ...defined(endpoints),
        scopes: scopes ?? ["public_profile", "email"],
        parameters,
      };
    case "x":
      return {
        kind: "x",
        issuer: "https://x.com",
        openid: false,
        authorize: "https://x.com/i/oauth2/authorize",
        token: "https://api.x.com/2/oauth2/token",
        userinfo: "https://api.x.com/2/users/me",
        ...defined(endpoints),
        scopes: scopes ?? ["users.read", "tweet.read", "offline.access"],
        parameters,
      };
    case undefined:
      return { kind: "oidc", issuer: policy.issuer ?? "", ...openid, ...endpoints };
  }
}

function defined<Values extends object>(values: Values): Partial<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<Values>;
}
