import type { StoreKind } from "./contract.ts";
import { backupSqlite } from "./sqlite-backup.ts";
import { pathOf } from "./sqlite-errors.ts";
import { openLink } from "./sqlite-link.ts";
import { sqliteStoreOn } from "./sqlite-store.ts";
import { sqliteTransfer } from "./sqlite-transfer.ts";

/** `sqlite:PATH`: one file, for every process of one host. Not for a network file system: its locks do not hold there. */
export const sqliteStore: StoreKind = {
  name: "sqlite",
  scheme: "sqlite:",
  async open(url, options) {
    const path = pathOf(url);
    const may = { away: options.away !== undefined };
    return sqliteStoreOn((events) => openLink(path, options.hex(16), events, may), options);
  },
  transfer: sqliteTransfer,
  backup: backupSqlite,
};
