import type { Clock } from "../domain/clock.ts";

/** What is needed of a net.Server. */
interface ListeningServer {
  readonly listening: boolean;
  on(event: "connection", listener: () => void): unknown;
  off(event: "connection", listener: () => void): unknown;
}

/** A turn of the event loop no longer than this did nothing but look for connections. */
const SHORT_TURN_MICROS = 60;
/** A busy loop has no such turn: each of these that pass doubles what counts as short. */
const PATIENCE_MICROS = 50_000;
const LONGEST_MICROS = 1_000_000;

/**
 * Calls `close` in a moment when nothing waits to be accepted. The kernel resets the connections in the accept queue of a
 * socket that closes (Linux: inet_csk_listen_stop, unless net.ipv4.tcp_migrate_req hands them to another listener), and a
 * client's first request with them. So: go on accepting until one turn of the event loop brought no connection and took so
 * little time that hardly one can have come since, and close at the end of that very turn. Resolves when closed, within
 * about a second.
 */
export function closeWhenQueueEmpty(server: ListeningServer, clock: Clock, close: () => void): Promise<void> {
  return new Promise((resolve) => {
    let accepted = 0;
    const onConnection = () => {
      accepted++;
    };
    server.on("connection", onConnection);
    const start = clock.micros();
    let turn = start;
    const look = (): void => {
      const now = clock.micros();
      const short = now - turn <= SHORT_TURN_MICROS * 2 ** ((now - start) / PATIENCE_MICROS);
      if ((accepted === 0 && short) || now - start > LONGEST_MICROS || !server.listening) {
        close();
        server.off("connection", onConnection);
        resolve();
        return;
      }
      accepted = 0;
      turn = clock.micros();
      setImmediate(look);
    };
    setImmediate(() => {
      turn = clock.micros();
      setImmediate(look);
    });
  });
}
