import { constants, createHash } from "node:crypto";
import type { Socket } from "node:net";
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import type { TlsCertificate, TlsSettings } from "../../domain/config.ts";
import { below } from "../reset.ts";
import type { TicketKeys } from "./ticket-keys.ts";

/** What a TLS gate tells of the connections that it was given, each by the socket that was given. */
export interface TlsListener {
  /** `settings`: those of the handshake. */
  onSecure(raw: Socket, socket: TLSSocket, settings: TlsSettings): void;
  /** The connection is closed in this turn; what is written to `raw` before goes out. */
  onFailed(raw: Socket, error: NodeJS.ErrnoException): void;
}

/** A day; the lane's own deadline comes first. */
const NEVER_MS = 86_400_000;
/** How long a ticket is good for, s. */
const TICKET_SECONDS = 300;

/** Makes TLS of connections that somebody else accepted, with certificates that do not change: for others, another gate is made. */
export class TlsGate {
  private readonly server: Server;
  private readonly use: string;

  /** Throws where OpenSSL does not take the certificates. */
  constructor(
    settings: TlsSettings,
    tickets: TicketKeys,
    protocols: readonly string[],
    listener: TlsListener,
  ) {
    const [first, ...others] = settings.certificates;
    if (first === undefined) throw new Error("a TLS listener has no certificate");
    const { clients, minVersion } = settings;
    this.use = createHash("sha256")
      .update(JSON.stringify(clients ?? null))
      .digest("hex")
      .slice(0, 32);
    const common = {
      minVersion: `TLSv${minVersion}` as const,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      sessionIdContext: this.use,
      ticketKeys: tickets.keyFor(this.use),
      sessionTimeout: TICKET_SECONDS,
      ...(clients === undefined ? {} : { ca: clients.ca }),
    };
    const contexts = namedContexts(others.length === 0 ? [] : settings.certificates, (certificate) =>
      createSecureContext({ ...common, cert: certificate.cert, key: certificate.key }),
    );
    this.server = createServer({
      ...{ ...common, cert: first.cert, key: first.key },
      ALPNProtocols: [...protocols],
      handshakeTimeout: NEVER_MS,
      requestCert: clients !== undefined,
      // Refused with words: many clients show nothing of an alert.
      rejectUnauthorized: false,
      ...(contexts.size === 0 ? {} : { SNICallback: chooser(contexts) }),
    });
    this.server.on("secureConnection", (socket) => {
      const raw = below(socket);
      socket.allowHalfOpen = true;
      if (raw !== undefined) listener.onSecure(raw, socket, settings);
    });
    this.server.on("tlsClientError", (error, socket) => {
      const raw = below(socket);
      if (raw !== undefined) listener.onFailed(raw, error);
    });
  }

  take(raw: Socket): void {
    // Within a handshake a FIN is the end; a TLS socket takes this from the one below it.
    raw.allowHalfOpen = false;
    this.server.emit("connection", raw);
  }

  renewTickets(tickets: TicketKeys): void {
    this.server.setTicketKeys(tickets.keyFor(this.use));
  }
}

/** The first certificate that has a name is the one for it. */
function namedContexts(
  certificates: readonly TlsCertificate[],
  make: (certificate: TlsCertificate) => SecureContext,
): ReadonlyMap<string, SecureContext> {
  const contexts = new Map<string, SecureContext>();
  for (const certificate of certificates) {
    const context = make(certificate);
    for (const name of certificate.names) if (!contexts.has(name)) contexts.set(name, context);
  }
  return contexts;
}

function chooser(contexts: ReadonlyMap<string, SecureContext>): NonNullable<TlsOptions["SNICallback"]> {
  return (name, found) => found(null, contextFor(contexts, name.toLowerCase()));
}

/** Undefined: the first certificate's. A wildcard stands for one label (RFC 9525 §6.3). */
function contextFor(contexts: ReadonlyMap<string, SecureContext>, name: string): SecureContext | undefined {
  const dot = name.indexOf(".");
  return contexts.get(name) ?? (dot > 0 ? contexts.get(`*${name.slice(dot)}`) : undefined);
}
