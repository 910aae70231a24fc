const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When what is done about ordered certificates, all in ms. */
export interface AcmeTimes {
  /** How often doors look at what others wrote. */
  readonly pollMs: number;
  /** From when answers are in the store until the authority is asked to look for them: every door has them by then. */
  readonly spreadMs: number;
  /** How often a door that orders says that it is still there, and after what silence another takes over. */
  readonly beatMs: number;
  readonly leaseMs: number;
  /** After an order that failed; twice as long after each that follows, up to the last. Half of it is chance. */
  readonly retryMs: number;
  readonly lastRetryMs: number;
  /** The longest that one order takes. */
  readonly orderMs: number;
  /** How often the authority is asked when to renew. */
  readonly renewalInfoMs: number;
}

export const ACME_TIMES: AcmeTimes = {
  pollMs: 1000,
  spreadMs: 2500,
  beatMs: 5000,
  leaseMs: 30_000,
  retryMs: MINUTE_MS,
  lastRetryMs: 6 * HOUR_MS,
  orderMs: 10 * MINUTE_MS,
  renewalInfoMs: 6 * HOUR_MS,
};

/** Renewed once this share of its life is over, where the authority says nothing else. */
export const RENEW_AT = 2 / 3;
