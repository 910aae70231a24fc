export { type Environment, filledIn } from "./environment.ts";
export { formatPlace, formatProblems } from "./format-problems.ts";
export { findGoneRoutes } from "./gone-routes.ts";
export { type PublishedSchema, publishedSchemas } from "./json-schemas.ts";
export { type LoadResult, loadConfig, type ParseResult, parseConfig } from "./load.ts";
export { loadAside } from "./load-aside.ts";
export { watchConfig } from "./watch.ts";
