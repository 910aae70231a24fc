/** Sessions that a provider ended (OpenID Connect Back-Channel Logout 1.0). Names are digests: nobody learns from them who it was. */
export interface EndedSessions {
  /** Of issuer, client, and a session's `sid` or a person's `sub`. */
  readonly who: string;
  /** Sessions that began later hold, ms since the epoch; null: none of this name does. */
  readonly before: number | null;
  /** From then on none of them would hold any more, ms since the epoch. */
  readonly until: number;
  /** Of the logout token that said so: it says it once. */
  readonly token: string;
}

/** Ended sessions that are remembered, in a process and in a state's records about as many; the oldest go. */
export const MAX_ENDED_SESSIONS = 32_768;
