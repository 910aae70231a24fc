import type { UpstreamDefinition } from "./config.ts";

/**
 * What of an upstream is part of the routes to it, and of their hashes: a change makes another definition, with an evidence
 * window of its own. Each kind has keys of its own, which tell it from the others; `kind` itself came later than the first
 * hashes. How connections are kept and members chosen is no part: it changes no answer.
 */
export function upstreamContent({ name, urls, host, timeoutMs }: UpstreamDefinition): object {
  return { name, urls, host, timeoutMs };
}
