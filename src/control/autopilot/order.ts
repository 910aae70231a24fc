import { type AutopilotOrder, NO_ORDER } from "../../domain/autopilot.ts";
import type { Store, StoredRecord } from "../../store/contract.ts";

/** The record of what people told the autopilot of a state. */
const RECORD = "autopilot";

/** As a newer or an older fig may have written it: what cannot be read moves nothing. */
function orderIn(record: StoredRecord | undefined): AutopilotOrder {
  let value: unknown;
  try {
    value = JSON.parse(record?.text ?? "null");
  } catch {
    return NO_ORDER;
  }
  if (typeof value !== "object" || value === null) return NO_ORDER;
  const { mode, by, reason, at, to, since } = value as Readonly<Record<string, unknown>>;
  if (mode !== "running" && mode !== "paused" && mode !== "off") return NO_ORDER;
  const text = (part: unknown) => (typeof part === "string" ? part : "");
  return {
    mode,
    by: text(by),
    reason: text(reason),
    at: text(at),
    to: typeof to === "number" ? to : undefined,
    since: typeof since === "number" ? since : 0,
  };
}

export interface StoredOrder {
  /** 0: there is none yet. */
  readonly version: number;
  readonly order: AutopilotOrder;
}

export async function readOrder(store: Pick<Store, "readRecords">): Promise<StoredOrder> {
  const record = (await store.readRecords([RECORD])).get(RECORD);
  return { version: record?.version ?? 0, order: orderIn(record) };
}

/** False: somebody else said something meanwhile. */
export function swapOrder(
  store: Pick<Store, "swapRecord">,
  version: number,
  order: AutopilotOrder,
): Promise<boolean> {
  return store.swapRecord(RECORD, version, JSON.stringify(order));
}
