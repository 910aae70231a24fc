import type { Clock } from "../domain/clock.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import { type ClosableAccessLog, createAccessLog } from "../observe/access-log.ts";
import type { Log } from "../observe/contract.ts";

/** The access log as the files want it; `quiet`: one that takes no line. */
export function openAccessLog(
  config: ServingConfig,
  clock: Clock,
  log: Log,
  quiet: boolean,
): ClosableAccessLog {
  const accessLog = createAccessLog({
    samplePercent: config.accessLogSamplePercent,
    secret: clock.hex(16),
    now: clock.now,
    log,
  });
  if (!quiet) return accessLog;
  return {
    ...accessLog,
    wants: () => false,
    get dropped() {
      return 0;
    },
  };
}
