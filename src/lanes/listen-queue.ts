import { closeSync, openSync, readFileSync, readlinkSync, readSync } from "node:fs";

/** Lines of this many bytes in tcp; those of tcp6 are a little longer. */
const LINE_BYTES = 150;
/** Listening sockets before the one that we look for. */
const MAX_LINES = 4096;
const LISTENING = "0A";

/** What Linux says in /proc of a listening socket. */
interface ListenQueue {
  /** Connections that wait to be accepted. Takes some tens of microseconds. */
  length(): number;
  /** Connections and requests for one that were dropped so far because an accept queue was full, any listening socket's. */
  overflows(): number;
}

/** Undefined where the system does not say it. */
export function listenQueue(fd: number, family: string): ListenQueue | undefined {
  const table = family === "IPv6" ? "/proc/net/tcp6" : "/proc/net/tcp";
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    if (inode === undefined) return undefined;
    const queue = { length: () => lengthOf(table, inode), overflows };
    queue.length();
    queue.overflows();
    return queue;
  } catch {
    return undefined;
  }
}

/** The table has listening sockets first, and is worked out as far as it is read: a line at a time. Throws where it is not found. */
function lengthOf(table: string, inode: string): number {
  const file = openSync(table, "r");
  try {
    const bytes = Buffer.allocUnsafe(LINE_BYTES);
    let text = "";
    for (let line = 0; line < MAX_LINES; line++) {
      let end = text.indexOf("\n");
      while (end < 0) {
        const length = readSync(file, bytes, 0, LINE_BYTES, null);
        if (length === 0) throw new Error(`${table} ends before the socket ${inode}`);
        text += bytes.toString("latin1", 0, length);
        end = text.indexOf("\n");
      }
      // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
      const cells = text.slice(0, end).trim().split(/\s+/);
      if (line > 0 && cells[3] !== LISTENING) break;
      if (cells[9] === inode) return Number.parseInt(cells[4]?.split(":")[1] ?? "", 16);
      text = text.slice(end + 1);
    }
  } finally {
    closeSync(file);
  }
  throw new Error(`${table} does not have the socket ${inode}`);
}

function overflows(): number {
  const [names, values] = readFileSync("/proc/net/netstat", "latin1").split("\n", 2);
  const at = names?.split(" ").indexOf("ListenOverflows") ?? -1;
  const value = values?.split(" ")[at];
  if (value === undefined) throw new Error("/proc/net/netstat does not count ListenOverflows");
  return Number(value);
}
