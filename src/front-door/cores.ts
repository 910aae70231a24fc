import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, posix } from "node:path";

/**
 * How many cores this process may use: those that it may run on, or what its cgroups allow if that is less, rounded down, and 1 at least.
 * os.availableParallelism() takes no notice of a limit below one core (libuv from 1.51 on), and of a limit above it takes a part where the
 * cgroup's weight is small (before). `root`: where /proc and /sys are.
 */
export function usableCores(root = "/"): number {
  const read = (path: string) => {
    try {
      return readFileSync(join(root, path), "utf8");
    } catch {
      return undefined;
    }
  };
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read("/proc/self/status") ?? "")?.[1];
  const cores = allowed === undefined ? availableParallelism() : lengthOf(allowed);
  return Math.max(1, Math.min(cores, Math.floor(cpuLimit(read))));
}

/** `0-3,8` is 5. */
function lengthOf(list: string): number {
  let length = 0;
  for (const range of list.split(",")) {
    const [from = 0, to = from] = range.split("-").map(Number);
    length += to - from + 1;
  }
  return length;
}

type Read = (path: string) => string | undefined;

/** Cores that the cgroups of this process allow, of all above it too; Infinity: there is no limit. cgroups(7). */
function cpuLimit(read: Read): number {
  let limit = Number.POSITIVE_INFINITY;
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const unified = controllers === "";
    if (!unified && !controllers.split(",").includes("cpu")) continue;
    const at = unified ? "/sys/fs/cgroup" : `/sys/fs/cgroup/${controllers}`;
    // Within a container the path may be one of the host's, and the mount begins at the container's own.
    for (let group = path; ; group = posix.dirname(group)) {
      limit = Math.min(limit, (unified ? unifiedLimit : oldLimit)(read, posix.join(at, group)));
      if (group === "/") break;
    }
  }
  return limit;
}

/** Version 2: `50000 100000`, or `max 100000`. */
function unifiedLimit(read: Read, group: string): number {
  const [, quota, period] = /^(\d+) (\d+)/.exec(read(`${group}/cpu.max`) ?? "") ?? [];
  return share(quota, period);
}

/** Version 1; -1: no limit. */
function oldLimit(read: Read, group: string): number {
  return share(read(`${group}/cpu.cfs_quota_us`), read(`${group}/cpu.cfs_period_us`));
}

function share(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}
