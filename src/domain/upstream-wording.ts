import { TRY_RESULTS, UPSTREAM_LIMITS, type UpstreamState } from "./upstream-state.ts";
import { countOf, countText } from "./wording.ts";

/** Whether there is more to say of it than its problems do: several addresses, or one that is asked how it is. */
export function isWatched({ members, checksPassed, checksFailed }: UpstreamState): boolean {
  return members.length > 1 || checksPassed + checksFailed > 0;
}

/** `1,200 tries answered, 3 refused; 2 retries; 1 ejection; 4 of 60 health checks failed`. What is zero is left out, answers apart. */
export function upstreamText(state: UpstreamState): string {
  const { tries, retries, ejections, checksPassed, checksFailed, waiting, limited } = state;
  const failed = TRY_RESULTS.filter((result) => result !== "answered" && tries[result] > 0).map(
    (result) => `${countText(tries[result])} ${result.replaceAll("_", " ")}`,
  );
  const bounds = UPSTREAM_LIMITS.filter((limit) => limited[limit] > 0).map(
    (limit) => `bound of ${limit.replaceAll("_", " ")} reached ${countOf(limited[limit], "time")}`,
  );
  const checks = checksPassed + checksFailed;
  return [
    [`${countOf(tries.answered, "try", "tries")} answered`, ...failed].join(", "),
    ...(retries > 0 ? [countOf(retries, "retry", "retries")] : []),
    ...(ejections > 0 ? [countOf(ejections, "ejection")] : []),
    ...(checks > 0 ? [`${countText(checksFailed)} of ${countOf(checks, "health check")} failed`] : []),
    ...(waiting > 0 ? [`${countOf(waiting, "request")} waiting`] : []),
    ...bounds,
  ].join("; ");
}
