/** A certificate that is ordered from a certificate authority by ACME (RFC 8555). */
export interface AcmeSettings {
  /** URL of the authority's directory, https. */
  readonly directory: string;
  /** Lower-case DNS names that the certificate is for, each once. */
  readonly domains: readonly string[];
  /** Where the authority writes to. */
  readonly email: string | undefined;
  readonly challenge: AcmeChallengeType;
  /** Who signs the TLS certificate of the authority's own server, PEM; undefined: those that Node knows. */
  readonly ca: string | undefined;
  /** Whose customer the account is; absent: the authority asks nobody. */
  readonly eab?: ExternalAccount;
}

/** What binds an ACME account to one that the authority knows already (RFC 8555 §7.3.4). */
export interface ExternalAccount {
  readonly keyId: string;
  /** base64url; a secret. */
  readonly key: string;
}

/** How the authority is shown that a name is ours: RFC 8555 §8.3, RFC 8737. */
type AcmeChallengeType = "http-01" | "tls-alpn-01";

/** What the authority is to find at a name. */
export type AcmeAnswer =
  | {
      readonly type: "http-01";
      readonly token: string;
      /** The body to answer with. */
      readonly keyAuthorization: string;
    }
  | {
      readonly type: "tls-alpn-01";
      readonly domain: string;
      /** Self-signed, with what the authority looks for, PEM; means nothing to anybody else. */
      readonly cert: string;
      readonly key: string;
    };

/** The name of ALPN under which a certificate of RFC 8737 is shown. */
export const ACME_ALPN = "acme-tls/1";

/** Names in one certificate; what the largest authority takes. */
export const MAX_ACME_DOMAINS = 100;
