import type { Clock } from "../domain/clock.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import { type ClosableAccessLog, createAccessLog } from "../observe/access-log.ts";
import type { Log } from "../observe/contract.ts";
import type { ServingProblem } from "./contract.ts";

/** The access log as the files want it; `quiet`: one that takes no line. */
export function openAccessLog(
  config: ServingConfig,
  clock: Clock,
  log: Log,
  { quiet, worker }: { readonly quiet: boolean; readonly worker?: unknown },
): ClosableAccessLog {
  const accessLog = createAccessLog({
    samplePercent: config.accessLog.samplePercent,
    format: config.accessLog.format,
    environment: config.accessLog.environment,
    ...(config.accessLog.file === undefined || quiet ? {} : { to: config.accessLog.file }),
    secret: clock.hex(16),
    now: clock.now,
    // One of several workers: they all write to the same.
    shared: worker !== undefined,
    log,
  });
  if (!quiet) return accessLog;
  return {
    ...accessLog,
    wants: () => false,
    // Of a try that came to nothing there is a line without being asked.
    write: () => {},
    get cut() {
      return 0;
    },
    get dropped() {
      return 0;
    },
    get failure() {
      return undefined;
    },
  };
}

/** What is wrong where lines of the access log are lost. `failure`: the system's code; `file`: undefined, stdout. */
export function logProblems(
  failure: string | undefined,
  file: string | undefined,
): readonly ServingProblem[] {
  if (failure === undefined) return [];
  const where = file ?? "stdout";
  const message = `the access log cannot be written to ${where} (${failure}): lines are lost, and counted in fig_log_lines_dropped_total`;
  return [{ kind: "access_log", message }];
}
