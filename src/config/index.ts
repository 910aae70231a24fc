export { type Environment, filledIn } from "./environment.ts";
export { formatPlace, formatProblems } from "./format-problems.ts";
export { findGoneRoutes } from "./gone-routes.ts";
export { publishedSchemas } from "./json-schemas.ts";
export { type LoadResult, loadConfig, parseConfig } from "./load.ts";
export { loadAside } from "./load-aside.ts";
export { meantTemplate } from "./meant-template.ts";
export { loadSoundParts } from "./sound-parts.ts";
export { watchConfig } from "./watch.ts";
