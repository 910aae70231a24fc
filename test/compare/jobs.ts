import type { CapturedAnswer, ComparisonJob } from "../../src/compare/contract.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import type { Mismatch } from "../../src/domain/outcomes.ts";
import type { Side } from "../../src/domain/position.ts";
import type { CompareOptions } from "../../src/domain/route.ts";

export const OPTIONS: CompareOptions = {
  headers: ["content-type", "location", "vary", "www-authenticate"],
  ignore: [],
  arrays: {},
  tolerance: {},
  redact: [],
  samples: 5,
};

export function answer(
  body: string | Uint8Array,
  contentType = "application/json",
  more: { readonly status?: number; readonly headers?: readonly string[]; readonly tooLarge?: boolean } = {},
): CapturedAnswer {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return {
    kind: "answer",
    status: more.status ?? 200,
    headers: [...(contentType === "" ? [] : ["Content-Type", contentType]), ...(more.headers ?? [])],
    body: bytes.length === 0 ? [] : [bytes],
    bodyBytes: bytes.length,
    tooLarge: more.tooLarge ?? false,
  };
}

export interface JobChanges {
  /** The side that serves; left out: legacy. */
  readonly serving?: Side;
  readonly method?: string;
  readonly maxBodyBytes?: number;
  readonly unconditional?: boolean;
  readonly options?: Partial<CompareOptions>;
}

export function job(
  legacy: CapturedAnswer,
  modern: CapturedAnswer,
  { serving = "legacy", method = "GET", maxBodyBytes = 1 << 20, unconditional, options }: JobChanges = {},
): ComparisonJob {
  const ofLegacy = { side: "legacy", answer: legacy } as const;
  const ofModern = { side: "modern", answer: modern } as const;
  return {
    method,
    unconditional,
    answers:
      serving === "legacy"
        ? { serving: ofLegacy, shadow: ofModern }
        : { serving: ofModern, shadow: ofLegacy },
    maxBodyBytes,
    options: { ...OPTIONS, ...options },
  };
}

/** Mismatches of two JSON bodies. */
export function jsonMismatches(
  legacy: string,
  modern: string,
  options: Partial<CompareOptions> = {},
): readonly Mismatch[] {
  const verdict = verdictOf(job(answer(legacy), answer(modern), { options }));
  if (verdict.outcome === "inconclusive") throw new Error(`inconclusive: ${verdict.reason}`);
  return verdict.mismatches;
}

/** `kind path` of each, in order. */
export function named(mismatches: readonly Mismatch[]): string[] {
  return mismatches.map(({ path, kind }) => `${kind} ${path}`);
}
