/** Who a request is from, as far as policies found out. None of it is a credential. */
export interface Identity {
  /** The API key that was sent: its id, which is no secret, and the plan it is on. */
  readonly apiKey?: { readonly id: string; readonly plan: string | undefined } | undefined;
  /** Whom a token, a session or an authorizer speaks of. */
  readonly subject?: string | undefined;
  /** Of a verified token or session. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** Names of claims that sides are told, as the files say of whoever vouched for these. */
  readonly forwards?: readonly string[] | undefined;
  /** What an authorizer passed on. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
}
