import type { RawHeaders } from "../domain/message.ts";
import type { CompareOptions } from "../domain/route.ts";
import { fieldDifference } from "./compare-headers.ts";
import type { ComparisonJob, UnlistedHeader, Verdict } from "./contract.ts";

/** Fields that say something about one message, its connection or its framing, and differ wherever there are two. */
const OF_ONE_MESSAGE: ReadonlySet<string> = new Set([
  "age",
  "cache-status",
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const NONE: readonly UnlistedHeader[] = Object.freeze([]);
/** Of one pair of answers. */
const MAX_UNLISTED = 20;

/** Names, in lower case, of fields that do not stand in both, letter for letter and at the same place. Most answers have none. */
function suspects(a: RawHeaders, b: RawHeaders): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined;
  const length = Math.max(a.length, b.length);
  for (let i = 0; i + 1 < length; i += 2) {
    if (a[i] === b[i] && a[i + 1] === b[i + 1]) continue;
    names ??= new Set();
    if (i < a.length) names.add((a[i] as string).toLowerCase());
    if (i < b.length) names.add((b[i] as string).toLowerCase());
  }
  return names;
}

/** So many comparisons of a route's are looked at, and of those after them one in LOOK_EVERY: a look takes the serving thread's time. */
const LOOK_FIRST = 64;
const LOOK_EVERY = 17;

/** Looks at the headers that are not compared, of the first comparisons of each route and then of some. */
export class UnlistedLook {
  private readonly seen = new WeakMap<CompareOptions, number>();

  /** The verdict with what was found; as it is, where nobody looked. */
  with(verdict: Verdict, job: ComparisonJob): Verdict {
    if (verdict.outcome === "inconclusive") return verdict;
    const seen = this.seen.get(job.options) ?? 0;
    this.seen.set(job.options, seen + 1);
    if (seen >= LOOK_FIRST && seen % LOOK_EVERY !== 0) return verdict;
    const unlisted = unlistedHeaders(job);
    return unlisted === undefined ? verdict : { ...verdict, unlisted };
  }
}

/**
 * Headers that a route does not compare and that differ all the same, by what they say. They are no mismatch; they are
 * counted, so that nobody takes for compared what is not. Undefined: the two are no two answers of one status.
 */
function unlistedHeaders({
  answers: { serving, shadow },
  options,
  url,
}: ComparisonJob): readonly UnlistedHeader[] | undefined {
  if (serving.answer.kind === "failure" || shadow.answer.kind === "failure") return undefined;
  if (serving.answer.status !== shadow.answer.status) return undefined;
  const names = suspects(serving.answer.headers, shadow.answer.headers);
  if (names === undefined) return NONE;
  const [legacy, modern] =
    serving.side === "legacy"
      ? [serving.answer.headers, shadow.answer.headers]
      : [shadow.answer.headers, serving.answer.headers];
  const found: UnlistedHeader[] = [];
  for (const name of names) {
    if (OF_ONE_MESSAGE.has(name) || options.headers.includes(name)) continue;
    const kind = fieldDifference(name, legacy, modern, { url });
    if (kind !== undefined)
      found.push({ name, kind: kind === "missing" || kind === "extra" ? kind : "value" });
    if (found.length === MAX_UNLISTED) break;
  }
  return found;
}
