import type { Status } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { countText, durationText, momentText } from "../domain/wording.ts";
import { tableLines } from "./table.ts";

/** Certificates shown; those that end first. */
const MAX_SHOWN = 12;

const COLUMNS = [{ title: "CERTIFICATE" }, { title: "ENDS" }, { title: "IN", align: "right" }] as const;

/** What the front door shows its clients, and upstreams, and when it ends. */
export function certificateLines(
  { certificates = [] }: Pick<Status, "certificates">,
  nowMs: number,
): readonly string[] {
  if (certificates.length === 0) return [];
  const rows = certificates.slice(0, MAX_SHOWN).map(({ name, upstream, endsAt }) => {
    const endsMs = Date.parse(endsAt);
    const left = endsMs > nowMs ? durationText(endsMs - nowMs, Math.floor) : "ended";
    const shown = printable(upstream === undefined ? name : `${name} (to upstream ${upstream})`);
    return [shown, momentText(endsMs), left];
  });
  const more = certificates.length - rows.length;
  return [
    ...tableLines(COLUMNS, rows),
    ...(more > 0 ? [`and ${countText(more)} that end later; fig status --json has all`] : []),
  ];
}
