import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below what the system gives connections by itself (ip_local_port_range): nobody's connection takes it before it is listened on. Above
 * what test/docs/ports.ts gives to pages.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A loopback port that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const server = createServer();
    const taken = once(server, "error").then(
      () => true,
      () => true,
    );
    const free = once(server, "listening").then(
      () => false,
      () => true,
    );
    server.listen(port, "127.0.0.1");
    if (await Promise.race([free, taken])) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
