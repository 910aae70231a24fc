import { once } from "node:events";
import { createServer, Server } from "node:net";
import type { Clock } from "../domain/clock.ts";

/** A turn of the event loop no longer than this did nothing but look for connections. */
const SHORT_TURN_MICROS = 30;
/** A busy loop has no such turn: each of these that pass doubles what counts as short. */
const PATIENCE_MICROS = 200_000;
const LONGEST_MICROS = 1_000_000;
/** Between two tries: who has just slept is seldom sent to sleep by the scheduler in the next few microseconds, who spins often. */
const REST_MS = 2;
const REHEARSALS = 12;

/** net.Server's own close: http.Server's would also end connections. */
const close = (server: Server) => Server.prototype.close.call(server);

/** The first calls of close() take 150 µs, while Node compiles what they need; later ones take 10. */
async function rehearse(): Promise<void> {
  for (let i = 0; i < REHEARSALS; i++) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    close(server);
  }
}

/**
 * Closes a listening socket in a moment when nothing waits to be accepted; connections that are open stay. The kernel resets what
 * is in the accept queue of a socket that closes (Linux: inet_csk_listen_stop, unless net.ipv4.tcp_migrate_req hands it to
 * another listener on the port), and with it a client's first request. So: go on accepting until one turn of the event loop
 * brought no connection and took so little time that hardly one can have come since, and close at the end of that very
 * turn. Resolves when closed, within about a second; never rejects.
 */
export async function stopListening(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return;
  await rehearse().catch(() => {});
  let accepted = 0;
  server.on("connection", () => {
    accepted++;
  });
  const start = clock.micros();
  let turn = start;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const now = clock.micros();
      const short = now - turn <= SHORT_TURN_MICROS * 2 ** ((now - start) / PATIENCE_MICROS);
      if ((accepted === 0 && short) || now - start > LONGEST_MICROS) {
        close(server);
        resolve();
        return;
      }
      setTimeout(begin, REST_MS);
    };
    // From the timers through one poll for connections to the check: one turn.
    const begin = (): void => {
      accepted = 0;
      turn = clock.micros();
      setImmediate(look);
    };
    begin();
  });
}
