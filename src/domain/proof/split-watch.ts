import { countText, numberText, shareText } from "../wording.ts";
import { ALARM } from "./e-detector.ts";
import { lnBeta } from "./special.ts";

/** Different keys that were looked at, by the side that they came to. */
interface SplitKeys {
  readonly legacy: number;
  readonly modern: number;
}

interface Found {
  readonly value: number;
  readonly seen: string;
  readonly legacy: number;
  readonly modern: number;
}

/** ln of the e-value against "a key comes to modern with a chance of `asked`" (0..1). M. Lindon, A. Malek (arXiv 2011.03567). */
function lnSkew({ modern, legacy }: SplitKeys, asked: number): number {
  return lnBeta(modern + 1, legacy + 1) - modern * Math.log(asked) - legacy * Math.log1p(-asked);
}

/**
 * Watches whether clients' keys come to the sides as the split asks for. Each process that serves is an e-process of its own, and
 * they are averaged: a key that comes to several of them is no further evidence.
 */
export class SplitWatch {
  private readonly percent: number;
  private readonly parts = new Map<number, SplitKeys>();

  constructor(percent: number) {
    this.percent = percent;
  }

  /** `part`: whose totals these are. Gives what an alarm stands on. */
  counted(part: number, keys: SplitKeys): Found | undefined {
    const { parts, percent } = this;
    parts.set(part, keys);
    const all = [...parts.values()];
    const value = all.reduce((sum, each) => sum + Math.exp(lnSkew(each, percent / 100)), 0) / all.length;
    if (value < ALARM) return undefined;
    const of = (side: keyof SplitKeys) => all.reduce((sum, each) => sum + each[side], 0);
    const [modern, legacy] = [of("modern"), of("legacy")];
    const came = numberText((100 * modern) / (modern + legacy), 1);
    const seen = `${countText(modern)} of ${countText(modern + legacy)} keys looked at came to modern, ${came} %, where ${shareText(percent)} was asked for`;
    return { value: Math.min(1e300, value), seen, modern, legacy };
  }
}
