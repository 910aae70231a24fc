/**
 * The one base of every error this project throws on purpose.
 * `code` is stable snake_case: it is the metric label, the HTTP error code and what callers match on.
 */
export class FigError extends Error {
  readonly code: string;
  /** What the reader can do about it, one sentence; left out when the message says it already. */
  readonly remedy: string | undefined;
  /** Reasons as data, safe to print and to send as JSON. Never a credential. */
  readonly details: unknown;

  constructor(
    code: string,
    message: string,
    options: { readonly remedy?: string; readonly details?: unknown; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FigError";
    this.code = code;
    this.remedy = options.remedy;
    this.details = options.details;
  }
}

/** `error` as a FigError with this code, or undefined. */
export function figErrorOf(error: unknown, code?: string): FigError | undefined {
  if (!(error instanceof FigError)) return undefined;
  return code === undefined || error.code === code ? error : undefined;
}

/** What a thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
