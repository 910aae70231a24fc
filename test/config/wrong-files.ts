import type { Files } from "./folder.ts";

export const UPSTREAMS = "upstreams:\n  a: http://127.0.0.1:1\n  b: http://127.0.0.1:2\n";
export const FIG = `${UPSTREAMS}default: a\n`;
export const ONE = "routes:\n  - id: one\n    match: { path: /one }\n    modern: b\n";

export interface WrongFiles {
  readonly name: string;
  readonly files: Files;
  readonly environment?: Record<string, string>;
  /** Every line a user sees, to the letter. */
  readonly says: readonly string[];
}
