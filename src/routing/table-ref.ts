import type { RouteTable, TableRef } from "./contract.ts";

export function createTableRef(table: RouteTable): TableRef {
  // A property and no getter: every request reads it.
  const ref = {
    current: table,
    swap(next: RouteTable) {
      ref.current = next;
    },
  };
  return ref;
}
