export type { LiveRoute, MatchInput, MatchResult, RouteTable, TableRef } from "./contract.ts";
export { liveRoute } from "./live-route.ts";
export { compileTable } from "./table.ts";
export { createTableRef } from "./table-ref.ts";
export {
  type PathTemplate,
  type RewritePart,
  rewriteOf,
  type TemplateProblem,
  type TemplateSegment,
  templateOf,
} from "./template.ts";
export { findTies } from "./ties.ts";
