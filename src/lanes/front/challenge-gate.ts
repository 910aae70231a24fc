import type { Socket } from "node:net";
import { createSecureContext, createServer, type SecureContext, type Server } from "node:tls";
import { ACME_ALPN, type AcmeAnswer } from "../../domain/acme.ts";
import type { ClientHello } from "../../wire/client-hello.ts";
import { below } from "../reset.ts";

type AlpnAnswer = Extract<AcmeAnswer, { type: "tls-alpn-01" }>;

/**
 * Shows a certificate authority what it looks for (RFC 8737), on connections that somebody else accepted and whose first message was
 * looked at. Such a connection carries nothing else.
 */
export class ChallengeGate {
  private readonly contexts: ReadonlyMap<string, SecureContext>;
  private readonly server: Server;

  /** `onEnd`: with each connection that was given, once; `shown`: the client has seen the certificate. */
  constructor(answers: readonly AlpnAnswer[], onEnd: (raw: Socket, shown: boolean) => void) {
    this.contexts = new Map(
      answers.map(({ domain, cert, key }) => [domain, createSecureContext({ cert, key })]),
    );
    this.server = createServer({
      ALPNProtocols: [ACME_ALPN],
      SNICallback: (name, found) => found(null, this.contexts.get(name.toLowerCase())),
    });
    this.server.on("secureConnection", (socket) => {
      const raw = below(socket);
      socket.on("error", () => {});
      socket.end();
      socket.resume();
      if (raw !== undefined) onEnd(raw, true);
    });
    this.server.on("tlsClientError", (_error, socket) => {
      const raw = below(socket);
      if (raw !== undefined) onEnd(raw, false);
    });
  }

  wants({ serverName, protocols }: ClientHello): boolean {
    return (
      protocols.length === 1 &&
      protocols[0] === ACME_ALPN &&
      serverName !== undefined &&
      this.contexts.has(serverName)
    );
  }

  take(raw: Socket): void {
    raw.allowHalfOpen = false;
    this.server.emit("connection", raw);
  }
}
