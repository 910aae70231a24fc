/** Where people and machines are told what guards did. */
export interface WebhookSettings {
  /** It may hold a token: never shown, never logged. */
  readonly url: string;
  readonly format: "json" | "slack";
  /** What it is signed with; undefined: it is not. Never shown, never logged. */
  readonly secret: string | undefined;
  /** Of one try. */
  readonly timeoutMs: number;
}
