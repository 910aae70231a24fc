import type { LedgerState } from "../../domain/fold.ts";
import type { FilesRevision } from "../../domain/kept-files.ts";
import type { Store } from "../../store/contract.ts";
import type { FilesBase } from "./contract.ts";

const BASE_RECORD = "files/base";

export async function readBase(store: Pick<Store, "readRecords">): Promise<FilesBase | undefined> {
  const record = (await store.readRecords([BASE_RECORD])).get(BASE_RECORD);
  return record === undefined ? undefined : (JSON.parse(record.text) as FilesBase);
}

/** False: another front door was first. */
export function writeBase(store: Pick<Store, "swapRecord">, base: FilesBase): Promise<boolean> {
  return store.swapRecord(BASE_RECORD, 0, JSON.stringify(base));
}

/** All sets that are known, newest first: those of the ledger, and the one before its first. */
export function setsOf(ledger: LedgerState, base: FilesBase | undefined): readonly FilesRevision[] {
  const sets = ledger.files.toReversed();
  return base === undefined ? sets : [...sets, base];
}
