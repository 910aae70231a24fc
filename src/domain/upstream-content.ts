import type { UpstreamDefinition } from "./config.ts";

/**
 * What of an upstream is part of the routes to it, and of their hashes: a change makes another definition, with an evidence
 * window of its own. Each kind has keys of its own, which tell it from the others; `kind` itself came later than the first
 * hashes. How connections are kept and members chosen is no part: it changes no answer.
 */
export function upstreamContent(upstream: UpstreamDefinition): object {
  const { name, timeoutMs } = upstream;
  if (upstream.kind === "http") return { name, urls: upstream.urls, host: upstream.host, timeoutMs };
  if (upstream.kind === "s3") {
    const { bucket, prefix, index, list, write, region } = upstream.s3;
    return { name, s3: { bucket, prefix, index, list, write, region }, timeoutMs };
  }
  if (upstream.kind === "messages") {
    const { credentials: _rights, endpoint: _place, fips: _fips, ...sent } = upstream.messages;
    return { name, messages: sent, timeoutMs };
  }
  const { functions, ...asked } = upstream.lambda;
  // How credentials are found, and where, changes no answer.
  const named = Object.entries(functions).map(
    ([method, { credentials: _own, endpoint: _where, fips: _way, ...settings }]) => [method, settings],
  );
  return { name, lambda: { ...asked, functions: named }, timeoutMs };
}
