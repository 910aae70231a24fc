import { isMismatch, type MismatchRow } from "../domain/outcomes.ts";
import { isOfOperation } from "../domain/strata/seen.ts";
import type { WindowKey } from "../domain/tally.ts";
import { countOf } from "../domain/wording.ts";
import type { Store } from "../store/contract.ts";

/** Whether a sample's request is of this part of a route: a method, or a method's path template. */
function isOfPart({ method = "", target = "" }: MismatchRow["samples"][number], part: string): boolean {
  const space = part.indexOf(" ");
  if (space < 0) return method === part;
  const path = target.replace(/[?#].*$/s, "").split("/");
  const template = part.slice(space + 1).split("/");
  const open = template.at(-1) === "**" || /^\{\w+\+\}$/.test(template.at(-1) ?? "");
  if (
    method !== part.slice(0, space) ||
    (open ? path.length < template.length : path.length !== template.length)
  )
    return false;
  return template.every(
    (segment, at) => (open && at === template.length - 1) || segment.startsWith("{") || segment === path[at],
  );
}

function isSeenIn({ samples, operations }: MismatchRow, part: string): boolean {
  if (!isOfOperation(part)) return samples.some((each) => isOfPart(each, part));
  return operations?.[part.slice(part.lastIndexOf(" ") + 1)] !== undefined;
}

/** Says which difference of a window is seen most, of all of it or of one part. */
export async function topDifference(
  store: Store,
  window: WindowKey,
): Promise<(part: string | undefined) => string | undefined> {
  const rows = (await store.readMismatches(window)).filter(isMismatch);
  return (part) => {
    const of = part === undefined ? rows : rows.filter((row) => isSeenIn(row, part));
    const [most] = of;
    return most === undefined ? undefined : `${most.path} (${most.kind}, ${countOf(most.count, "time")})`;
  };
}
