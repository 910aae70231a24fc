import type { CapturedAnswer, ComparisonJob } from "../../src/compare/contract.ts";
import { decide } from "../../src/compare/decide.ts";
import type { Mismatch } from "../../src/domain/outcomes.ts";
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

export function job(
  legacy: CapturedAnswer,
  modern: CapturedAnswer,
  more: Partial<Omit<ComparisonJob, "options">> & { readonly options?: Partial<CompareOptions> } = {},
): ComparisonJob {
  return {
    routeId: "r",
    requestId: "q",
    method: "GET",
    serving: "legacy",
    legacy,
    modern,
    maxBodyBytes: 1 << 20,
    ...more,
    options: { ...OPTIONS, ...more.options },
  };
}

/** Mismatches of two JSON bodies. */
export function jsonMismatches(
  legacy: string,
  modern: string,
  options: Partial<CompareOptions> = {},
): readonly Mismatch[] {
  const verdict = decide(job(answer(legacy), answer(modern), { options }));
  if (verdict.outcome === "inconclusive") throw new Error(`inconclusive: ${verdict.reason}`);
  return verdict.mismatches;
}

/** `kind path` of each, in order. */
export function named(mismatches: readonly Mismatch[]): string[] {
  return mismatches.map(({ path, kind }) => `${kind} ${path}`);
}
