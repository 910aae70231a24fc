/** Where people and machines are told what guards did. */
export interface WebhookSettings {
  /** It may hold a token: never shown, never logged. */
  readonly url: string;
  readonly format: "json" | "slack";
  /** What it is signed with, or an absolute path of a file that holds it; undefined: it is not signed. Never shown, never logged. */
  readonly secret: string | { readonly file: string } | undefined;
  /** Of one try. */
  readonly timeoutMs: number;
}

/** Each is a secret of somebody's, and shorter ones can be guessed from a signature. */
export const MIN_WEBHOOK_SECRET_CHARS = 16;
