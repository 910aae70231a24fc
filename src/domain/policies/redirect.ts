/** Sends every request elsewhere. */
export interface RedirectPolicy {
  /** Where to: a path or a URL. `{x}` are the captures of the route's path, as they were sent. */
  readonly to: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** The request's query goes along. */
  readonly query: boolean;
}
