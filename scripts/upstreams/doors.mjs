// Front doors of every lane before one server.
import { createServer } from "node:http";

const { createFrontDoor } = await import(new URL("../../src/index.ts", import.meta.url));

export const LANES = ["auto", "node"];

/** Stands behind the guarded routes. */
export async function startGuard() {
  const server = createServer((request, response) => {
    request.resume();
    response.end("guarded");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", 1024, resolve));
  return {
    port: server.address().port,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const guarded = (id, match) => ({ id, match, legacy: "guard", modern: "guard" });

export async function openDoor(lane, port, guardPort) {
  const door = createFrontDoor(
    {
      listen: "127.0.0.1:0",
      admin: "127.0.0.1:0",
      state: "memory:",
      default: "server",
      debugHeaders: true,
      lane,
      upstreams: { server: `http://127.0.0.1:${port}`, guard: `http://127.0.0.1:${guardPort}` },
      routes: [
        guarded("admin", { path: "/admin" }),
        guarded("admin.slash", { path: "/admin/" }),
        guarded("admin.rest", { path: "/admin/{rest+}" }),
        guarded("secret", { host: "secret.example", path: "/" }),
        guarded("secret.rest", { host: "secret.example", path: "/{rest+}" }),
      ],
      timeouts: { headers: "500ms", idle: "1s", response: "10s", bodyIdle: "500ms" },
    },
    { quiet: true },
  );
  const { url } = await door.listen();
  return { port: Number(new URL(url).port), close: () => door.close() };
}
