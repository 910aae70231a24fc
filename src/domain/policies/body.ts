/** What a request's body may be. */
export interface BodyPolicy {
  /** Bytes as they are sent; 0: no bound of this policy's. */
  readonly maxBytes: number;
  /** Media types: `application/json`, `text/*`, `application/*+json`; undefined: any. */
  readonly types: readonly string[] | undefined;
  /** Lower-case content codings; `identity`: none. */
  readonly encodings: readonly string[];
  /** A POST, PUT or PATCH must have one. */
  readonly required: boolean;
}
