/** `policies.apiKeys`: only clients with a key. */
export interface ApiKeysPolicy {
  /** Lower-case names of the fields that a key may come in. */
  readonly headers: readonly string[];
  /** The query parameter that it may come in besides. */
  readonly query?: string | undefined;
  /** Keys on these plans alone; undefined: every key. */
  readonly plans?: readonly string[] | undefined;
  /** The key does not go on to a side. */
  readonly remove: boolean;
  /** Sides are told the key's id and plan. */
  readonly identity: boolean;
  /** How long known keys are honoured while the state store does not answer. */
  readonly staleForMs: number;
}
