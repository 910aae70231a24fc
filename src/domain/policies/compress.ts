/** Answers are sent compressed to clients that take it. */
export interface CompressPolicy {
  /** In the order of preference. */
  readonly encodings: readonly Coding[];
  /** Media types: `application/json`, `text/*`, `application/*+json`. */
  readonly types: readonly string[];
  /** A shorter answer is not worth it, bytes. */
  readonly minBytes: number;
  /** What becomes of answers that may hold a secret of the client's. */
  readonly secrets: "same-origin" | "always" | "never";
}

export const CODINGS = ["zstd", "br", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

/** Names of codings that are the same (RFC 9110 §8.4.1.3). */
const ALIASES: Readonly<Record<string, string>> = { "x-gzip": "gzip" };

/**
 * Which coding an Accept-Encoding asks for (RFC 9110 §12.5.3): the one of the highest weight, and of several the first in `offered`.
 * Undefined: none of them, or the client would rather have it plain.
 */
export function acceptedCoding(accept: string, offered: readonly Coding[]): Coding | undefined {
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((each) => each.trim());
    if (name !== "") weights.set(ALIASES[name] ?? name, weightOf(parameters));
  }
  const others = weights.get("*") ?? 0;
  let best: Coding | undefined;
  let most = weights.get("identity") ?? 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? others;
    if (weight > most || (weight === most && weight > 0 && best === undefined)) {
      best = coding;
      most = weight;
    }
  }
  return best;
}

/** What is no weight counts as 0: the coding is not used. */
function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((each) => each.startsWith("q="));
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q.slice(2)) ? Number(q.slice(2)) : 0;
}
