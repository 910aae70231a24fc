import type { SideCounts } from "../counter-shapes.ts";
import { mostFirst } from "../most-first.ts";
import type { Side } from "../position.ts";
import { lnDifferenceAbove } from "../proof/difference-test.ts";
import { countText } from "../wording.ts";
import type { GateEvidence } from "./contract.ts";
import { shadowsAll } from "./reasons.ts";

interface Answers {
  readonly requests: number;
  readonly of: (code: string) => number;
  readonly codes: readonly string[];
}

interface MoreOfCode {
  readonly code: string;
  readonly lnEvidence: number;
  readonly text: string;
}

const MOST_SURE = mostFirst<MoreOfCode>(
  ({ lnEvidence }) => lnEvidence,
  ({ code }) => code,
);

/** A side's answers to clients; those to shadows too where shadows are as clients' requests are. */
function answersOf({ counts }: GateEvidence, side: Side, shadows: boolean): Answers {
  const parts: readonly SideCounts[] = shadows ? [counts[side], counts.shadow[side]] : [counts[side]];
  return {
    requests: parts.reduce((sum, { requests }) => sum + requests, 0),
    of: (code) => parts.reduce((sum, { codes }) => sum + (codes[code] ?? 0), 0),
    codes: parts.flatMap(({ codes }) => Object.keys(codes)),
  };
}

/**
 * Of the client errors (4xx), by status, the one that modern answers too often beside legacy: a modern that answers 401 to
 * everybody breaks no connection and sends no 5xx. Undefined: modern has answered none. What it finds is corrected for
 * how many statuses there were.
 */
export function moreOfCode(evidence: GateEvidence, more: number): MoreOfCode | undefined {
  const shadows = shadowsAll(evidence);
  const [modern, legacy] = [answersOf(evidence, "modern", shadows), answersOf(evidence, "legacy", shadows)];
  if (modern.requests === 0 || legacy.requests === 0) return undefined;
  const codes = [...new Set([...modern.codes, ...legacy.codes])].filter((code) => /^4\d\d$/.test(code));
  const found = codes.map((code) => {
    const rate = (side: Answers, fewer = 0) => ({
      hits: Math.max(0, side.of(code) - fewer),
      trials: side.requests,
    });
    // What modern declined no client saw, whatever its status.
    const rates = {
      one: rate(modern, evidence.counts.declined),
      other: rate(legacy),
      paired: evidence.position.modern === 0,
    };
    const lnEvidence = lnDifferenceAbove(rates, more) - Math.log(codes.length);
    const part = (side: Answers) => `${countText(side.of(code))} of ${countText(side.requests)}`;
    return { code, lnEvidence, text: `modern answers ${code} to ${part(modern)}, legacy to ${part(legacy)}` };
  });
  return found.sort(MOST_SURE)[0];
}
