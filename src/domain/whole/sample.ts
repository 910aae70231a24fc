import type { MismatchKind } from "../outcomes.ts";
import type { Side } from "../position.ts";

/** Why only a description of a body is kept. */
export const DESCRIBED_WHY = ["binary", "charset", "coding", "redact", "too_large"] as const;
export type DescribedWhy = (typeof DESCRIBED_WHY)[number];

export type WholeBody =
  | { readonly kind: "none" }
  /** Without credentials and what the route redacts. `bytes`: of the decoded body. */
  | {
      readonly kind: "text";
      readonly form: "json" | "markup" | "text";
      readonly text: string;
      readonly bytes: number;
    }
  /** `bytes` null: it was not kept. `sha256` null: that too, or so short that whoever has the hash could guess it. */
  | {
      readonly kind: "described";
      readonly why: DescribedWhy;
      readonly type: string;
      readonly bytes: number | null;
      readonly sha256: string | null;
    };

export type WholeField = readonly [name: string, value: string];

export type WholeAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: readonly WholeField[];
      readonly body: WholeBody;
    }
  /** Refused, broke or timed out; `code` is a backend error code. */
  | { readonly kind: "failure"; readonly code: string };

/** What the comparing thread makes of a request and its two answers, redacted. */
export interface WholeContent {
  readonly headers: readonly WholeField[];
  readonly legacy: WholeAnswer;
  readonly modern: WholeAnswer;
}

/** What is said of it in a list. */
export interface WholeTitle {
  readonly requestId: string;
  readonly method: string;
  /** Path and query, redacted. */
  readonly target: string;
  readonly serving: Side;
  /** A side that failed has none. */
  readonly statuses: Partial<Readonly<Record<Side, number>>>;
}

export interface WholeDifference {
  readonly path: string;
  readonly kind: MismatchKind;
}

/** What decides which are kept. */
export interface WholePlace {
  readonly id: string;
  /** ms since the epoch. */
  readonly at: number;
  /** Tells clients apart and names none: 16 bits of a hash of the sticky key. Undefined: it had none. */
  readonly client: number | undefined;
  readonly differences: readonly WholeDifference[];
}

/** One differing request as it leaves those that serve. */
export interface WholeSample extends WholePlace {
  /** Its evidence window. */
  readonly window: { readonly route: string; readonly revision: number; readonly epoch: number };
  /** When it goes, ms since the epoch. */
  readonly until: number;
  readonly title: WholeTitle;
  /** A WholeContent as JSON. */
  readonly content: string;
}

/** Of one request, more differences say no more of who is to see it. */
export const MAX_WHOLE_DIFFERENCES = 20;
/** 65,536 clients are told apart: enough to prefer others, too few to know one by it. */
const CLIENT_BITS = 0xffff;

export function clientOf(keyHash: number | undefined): number | undefined {
  return keyHash === undefined ? undefined : keyHash & CLIENT_BITS;
}
