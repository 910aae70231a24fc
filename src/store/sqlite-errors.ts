import { FigError } from "../domain/errors.ts";

/** https://www.sqlite.org/rescode.html: the primary codes, the low byte of every extended one. */
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const REMEDIES: Readonly<Record<number, string>> = {
  [BUSY]: "Another process holds the state file for long: see which has it open, and try again.",
  [LOCKED]: "Another process holds the state file for long: see which has it open, and try again.",
  [PERM]: "Let the user that runs fig write the state file and its folder.",
  [READONLY]: "Let the user that runs fig write the state file and its folder.",
  [IOERR]: "See the system log: the disk under the state file fails.",
  [FULL]: "Make room on the disk that holds the state file, and try again.",
  [CANTOPEN]: "Let the user that runs fig read and write the state file and its folder.",
};

const FILE_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: "Let the user that runs fig write the state file and its folder.",
  EPERM: "Let the user that runs fig write the state file and its folder.",
  EROFS: "The disk is read-only: let `state` in fig.yaml name a file on one that can be written.",
  ENOSPC: "Make room on the disk that holds the state file, and try again.",
};

/** Anything thrown while working on the file at `path`, as `store_unavailable` or (damaged, foreign) `store_invalid`. */
export function storeErrorOf(error: unknown, path: string): FigError {
  if (error instanceof FigError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const { errcode, code } = cause as { errcode?: unknown; code?: unknown };
  if (typeof errcode === "number") {
    const primary = errcode & 0xff;
    if (primary === NOTADB)
      return new FigError("store_invalid", `${path} is not a state file: ${cause.message}`, {
        remedy: "Let `state` in fig.yaml name another file, or move this one away.",
        cause,
      });
    if (primary === CORRUPT)
      return new FigError("store_invalid", `the state file ${path} is damaged: ${cause.message}`, {
        remedy: "Stop every fig on it and put back a backup of it, with its -wal file if there is one.",
        cause,
      });
    return new FigError("store_unavailable", `the state file ${path} failed: ${cause.message}`, {
      remedy: REMEDIES[primary] ?? "Try again; if it lasts, see what has the state file open.",
      cause,
    });
  }
  return new FigError("store_unavailable", `the state file ${path} failed: ${cause.message}`, {
    remedy:
      FILE_REMEDIES[String(code)] ?? "Let `state` in fig.yaml name a file in a folder that fig can write.",
    cause,
  });
}

/** True for an error that trying again soon may get past: another process is in the way. */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" && ((errcode & 0xff) === BUSY || (errcode & 0xff) === LOCKED);
}

/** The path in a `sqlite:` URL: `sqlite:.fig/state.db`, `sqlite:/var/lib/fig/state.db`, `sqlite:///var/lib/fig/state.db`. */
export function pathOf(url: string): string {
  let path = url.slice("sqlite:".length);
  if (path.startsWith("//")) path = path.slice(2);
  if (path === "" || path.endsWith("/") || path.includes("\0") || path.includes("?")) {
    throw new FigError("store_invalid", `\`${url}\` names no state file`, {
      remedy: "Write the path of a file, for example `sqlite:.fig/state.db`.",
    });
  }
  return path;
}
