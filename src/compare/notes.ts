import type { NoteKind } from "../domain/outcomes.ts";
import { REDACTED } from "../domain/redaction.ts";
import { scrubbed } from "../domain/scrub.ts";
import { isLoweredSecret } from "../domain/secret-shapes.ts";
import type { UnlistedHeader, Verdict } from "./contract.ts";

const UNLISTED: Readonly<Record<UnlistedHeader["kind"], NoteKind>> = {
  missing: "unlisted_missing",
  extra: "unlisted_extra",
  value: "unlisted_value",
};
const NONE: readonly never[] = [];

/** Names are told in lower case. */
const shownName = (name: string) => (isLoweredSecret(name) ? REDACTED : scrubbed(name));

/** What a verdict says beside its mismatches, as it is counted. An upstream may name a field after a token. */
export function notesOf({
  rules,
  unlisted,
  document,
}: Pick<Verdict, "rules" | "unlisted" | "document">): readonly (readonly [kind: NoteKind, name: string])[] {
  if (rules === undefined && unlisted === undefined && document === undefined) return NONE;
  return [
    ...(unlisted === undefined ? NONE : [["unlisted_read", "headers"] as const]),
    ...(unlisted ?? NONE).map(({ name, kind }) => [UNLISTED[kind], shownName(name)] as const),
    ...(rules === undefined ? NONE : [["rules_read", rules.read] as const]),
    ...(rules?.met ?? NONE).map((name) => ["rule_met", name] as const),
    ...(rules?.hiding ?? NONE).map((name) => ["rule_hiding", name] as const),
    ...(document ?? NONE),
  ];
}
