/** Answers every request itself. */
export interface RespondPolicy {
  readonly status: number;
  /** Lower-case names to values. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text. */
  readonly body: string;
  /** Its media type, where `headers` have none. */
  readonly type: string;
}
