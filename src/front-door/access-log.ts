import { systemClock } from "../clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { type ClosableAccessLog, createAccessLog } from "../observe/access-log.ts";
import type { ClosableLog } from "../observe/log.ts";

/** The access log as the files want it; `quiet`: one that takes no line. */
export function openAccessLog(config: FrontDoorConfig, log: ClosableLog, quiet: boolean): ClosableAccessLog {
  const accessLog = createAccessLog({
    samplePercent: config.accessLogSamplePercent,
    now: systemClock.now,
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
