import { closeSync, constants, fstatSync, openSync } from "node:fs";

/** What lines are written to. */
interface LogTarget {
  /** -1: it is not open. */
  readonly fd: number;
  readonly shared: boolean;
  /** Why it is not. */
  readonly failure: string | undefined;
  /** Gives why it could not be opened anew. */
  reopen(): string | undefined;
  close(): void;
}

/** `to`: a file descriptor, or a file's path. */
export function openTarget(to: number | string, shared: boolean): LogTarget {
  if (typeof to === "string") return new FileTarget(to, shared);
  const { fd, own } = openWithoutBlocking(to);
  return {
    fd,
    shared,
    failure: undefined,
    reopen: () => undefined,
    close: () => {
      if (own) closeSync(fd);
    },
  };
}

/** Of the front door's user, and its group may read it. */
const FILE_MODE = 0o640;

/** Lines are added at its end, whoever else writes to it. A file of a disk takes a write as one whole. */
class FileTarget implements LogTarget {
  readonly shared: boolean;
  fd = -1;
  failure: string | undefined;
  private readonly path: string;

  constructor(path: string, shared: boolean) {
    this.path = path;
    this.shared = shared;
    this.failure = this.reopen();
  }

  reopen(): string | undefined {
    const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
    try {
      // A pipe without a reader would hold the process up.
      const fd = openSync(this.path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, FILE_MODE);
      this.close();
      this.fd = fd;
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? "EIO";
    }
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}

/**
 * A full pipe blocks whoever writes to it: a pool thread that hangs in write(2) even keeps the process from exiting. So
 * a pipe or terminal is opened a second time, not blocking; the first descriptor, which others share, stays as it is.
 */
function openWithoutBlocking(fd: number): { readonly fd: number; readonly own: boolean } {
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO() || stat.isCharacterDevice()) {
      const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
      return { fd: own, own: true };
    }
  } catch {
    // No /proc, or not allowed: written to as it is.
  }
  return { fd, own: false };
}
