import type { RouteTable, TableRef } from "./contract.ts";

export function createTableRef(table: RouteTable): TableRef {
  let current = table;
  return {
    get current() {
      return current;
    },
    swap(next) {
      current = next;
    },
  };
}
