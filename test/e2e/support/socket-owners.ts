import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Processes that this one started and that run now. */
export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** The clients' ports of the connections that a process has open at its own `port`. */
export function clientPortsOf(pid: number, port: number): ReadonlySet<number> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  const ports = new Set<number>();
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, local = "", remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
    const portOf = (address: string) => Number.parseInt(address.split(":")[1] ?? "", 16);
    if (state === "01" && portOf(local) === port && inodes.has(inode)) ports.add(portOf(remote));
  }
  return ports;
}
