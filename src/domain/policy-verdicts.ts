/** What the words that policies say mean for the request, for those who read counts of them. */

/** `passed`: it went on. `answered`: the front door answered it, as it was told to. `refused`: it was turned away, or what it asked for was withheld. */
export const VERDICT_KINDS = ["passed", "answered", "refused"] as const;
type VerdictKind = (typeof VERDICT_KINDS)[number];

/** Words with one meaning whichever policy says them. */
const WORDS: Readonly<Record<VerdictKind, readonly string[]>> = {
  passed: [
    ...["passed", "passed_stale", "anonymous", "no_origin", "allowed", "reported", "request", "answer"],
    ...["legacy_answer_valid", "modern_answer_valid", "legacy_answer_unchecked", "modern_answer_unchecked"],
    // Counted by validate where answers are only reported.
    ...["legacy_answer_invalid", "modern_answer_invalid"],
    ...["miss", "revalidated", "bypass", "edited"],
    ...["zstd", "br", "gzip", "not_accepted", "unsuitable", "secret", "memory"],
  ],
  answered: ["answered", "preflight", "hit", "stale", "redirected", "in", "out", "ended"],
  refused: [
    ...["refused", "preflight_refused", "unauthorized", "failed", "busy", "timeout", "unavailable"],
    ...["missing", "repeated", "several", "unknown", "revoked", "expired", "disabled", "plan"],
    ...["malformed", "too_long", "algorithm", "type", "issuer", "audience", "token_use", "not_yet"],
    ...["required", "denied", "cross_site", "not_ended"],
    ...["key_unknown", "signature", "scope", "claim"],
  ],
};

const KINDS: ReadonlyMap<string, VerdictKind> = new Map([
  ...VERDICT_KINDS.flatMap((kind) => WORDS[kind].map((word) => [word, kind] as const)),
  // What its service answers instead of letting a request pass.
  ["authorizer answered", "refused"],
]);

/** Undefined: nobody has said what this word means. */
export function verdictKind(policy: string, verdict: string): VerdictKind | undefined {
  return KINDS.get(`${policy} ${verdict}`) ?? KINDS.get(verdict);
}
