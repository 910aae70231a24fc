import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Ask } from "../asking/contract.ts";
import type { Clock } from "../domain/clock.ts";
import type { EndedSessions } from "../domain/ended-sessions.ts";
import { ProcessLogins } from "../logins/process-logins.ts";
import type { Log } from "../observe/contract.ts";

/** A file with a secret is shorter. */
const MAX_LOGIN_SECRET_BYTES = 64 * 1024;

interface LoginsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ask: Ask;
  /** Has sessions that a provider ended kept for all front doors. */
  readonly ended: (ended: EndedSessions) => void;
  /** fig.yaml; undefined: a program's value. */
  readonly file: string | undefined;
}

/** Logins of this process. Secrets in files are read when layers are compiled, and are in no message between processes. */
export function servingLogins({ clock, log, ask, ended, file }: LoginsOptions): ProcessLogins {
  const folder = file === undefined ? "" : dirname(file);
  return new ProcessLogins({
    ...{ clock, ask, ended },
    readSecret: (path) => {
      const whole = resolve(folder, path);
      if (statSync(whole).size > MAX_LOGIN_SECRET_BYTES) throw new Error("a file with a secret is too long");
      return readFileSync(whole, "utf8");
    },
    warn: (about, message) => log.warn(about, message),
  });
}

/** What /metrics says of them. */
export function loginGauges({ counts }: ProcessLogins) {
  return { loginCalls: { ...counts.calls }, loginLimits: { ...counts.limits } };
}
