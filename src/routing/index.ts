export { liveRoute } from "./live-route.ts";
export { compileTable } from "./table.ts";
export { createTableRef } from "./table-ref.ts";
export { rewriteOf, templateOf } from "./template.ts";
export { findTies } from "./ties.ts";
