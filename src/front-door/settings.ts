import { canonicalJson } from "../domain/canonical-json.ts";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";

/** What only a restart brings in force. */
export function restartReasons(
  now: FrontDoorConfig,
  next: FrontDoorConfig,
  before: readonly string[],
): readonly string[] {
  const pick = ({
    listen,
    reusePort,
    workers,
    admin,
    state,
    lane,
    adminToken,
    accessLog,
    limits,
    timeouts,
  }: FrontDoorConfig) => ({
    // Other certificates, and what is asked of TLS, come in force without.
    listen: listen.map(({ tls, ...listener }) => ({ ...listener, tls: tls !== undefined })),
    reusePort,
    workers,
    admin,
    state,
    lane,
    adminToken,
    accessLog,
    limits: [
      limits.headersBytes,
      limits.connections,
      limits.handshakes,
      limits.streams,
      limits.shadowMemoryBytes,
      limits.bodyMemoryBytes,
      limits.compressMemoryBytes,
      limits.cacheMemoryBytes,
      limits.limitMemoryBytes,
    ],
    timeouts: [timeouts.headersMs, timeouts.idleMs],
  });
  const [was, is] = [pick(now), pick(next)] as Record<string, unknown>[];
  const changed = Object.keys(was ?? {}).filter(
    (key) => canonicalJson(was?.[key]) !== canonicalJson(is?.[key]),
  );
  const reasons = changed.map((key) => `\`${key}\` in fig.yaml changed: restart to put it into force`);
  return [...new Set([...before, ...reasons])];
}

/** The problems of files that did not pass; undefined: another error. */
export function problemsOf(error: unknown): readonly ConfigProblem[] | undefined {
  if (!(error instanceof FigError) || error.code !== "invalid_files") return undefined;
  return (error.details as { readonly problems?: readonly ConfigProblem[] } | undefined)?.problems;
}
