/** Keys of later versions that may well be a mistake elsewhere, each with the key it stands under. */
export const NOT_BUILT_UNDER: ReadonlySet<string> = new Set(["connections.max"]);

/** Keys of later versions: whoever writes one is told that it is not built yet, never that it is unknown. */
export const NOT_BUILT: ReadonlySet<string> = new Set([
  "apiKey",
  "apiKeys",
  "auth",
  "bucket",
  "cache",
  "cors",
  "discovery",
  "express",
  "function",
  "guard",
  "guards",
  "healthCheck",
  "http2",
  "http3",
  "jwt",
  "lanes",
  "oidc",
  "policies",
  "policy",
  "rateLimit",
  "retries",
  "schedule",
  "stream",
  "tls",
  "tracing",
  "transform",
  "weight",
]);
