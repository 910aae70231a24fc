import { readFileSync } from "node:fs";
import { createClient, RESP_TYPES } from "@redis/client";
import { FigError, messageOf } from "../domain/errors.ts";
import type { RedisAddress } from "../domain/state-url.ts";

/** Until a connection is made. */
export const CONNECT_MS = 3_000;

function pem(path: string | undefined): { readonly text: Buffer } | undefined {
  if (path === undefined) return undefined;
  try {
    return { text: readFileSync(path) };
  } catch (error) {
    const why = messageOf(error);
    throw new FigError("store_invalid", `a PEM file of the state URL cannot be read: ${why}`, {
      remedy: "Name files that fig can read in ca=, cert= and key= of `state`.",
    });
  }
}

function tlsOptions({ host, ca, cert, key, servername, tls }: RedisAddress) {
  if (!tls) return {};
  const [authority, own, secret] = [pem(ca), pem(cert), pem(key)];
  return {
    tls: true as const,
    servername: servername ?? (/^[\d.]+$|:/.test(host) ? undefined : host),
    ...(authority === undefined ? {} : { ca: authority.text }),
    ...(own === undefined || secret === undefined ? {} : { cert: own.text, key: secret.text }),
  };
}

/** A client that does not reconnect by itself, and queues nothing while it is not connected. */
export function createConnection(address: RedisAddress) {
  const { host, port, username, password, database } = address;
  return createClient({
    socket: { host, port, connectTimeout: CONNECT_MS, reconnectStrategy: false, ...tlsOptions(address) },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    name: "fig",
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // A plain object would lose a route called `__proto__`.
    commandOptions: { timeout: undefined, typeMapping: { [RESP_TYPES.MAP]: Map } },
  });
}

export type Client = ReturnType<typeof createConnection>;
