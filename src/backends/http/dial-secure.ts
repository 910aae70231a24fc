import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP, type OnReadOpts, type Socket } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
} from "node:tls";
import type { CertificateState } from "../../domain/certificate-state.ts";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import type { UpstreamTls } from "../../domain/upstream.ts";
import type { BackendErrorCode } from "../contract.ts";
import type { Place, SocketUser, Way } from "./open-socket.ts";

/** What a decrypted record has at most (RFC 8446 §5.1): all connections are read into it, and nothing is allocated for a read. */
const records = Buffer.allocUnsafeSlow(16 * 1024);

/** How often certificate files are looked at. */
const REREAD_MS = 5_000;

const DEFAULTS: UpstreamTls = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  servername: undefined,
  verify: true,
};

/** What net takes beside, though the types of tls do not say so. */
interface TlsOptions extends ConnectionOptions {
  readonly noDelay: boolean;
  readonly allowHalfOpen: boolean;
  readonly onread?: OnReadOpts;
}

type Read = readonly (string | undefined)[];

const filesOf = ({ ca, cert, key }: UpstreamTls) => [ca, cert, key];

/** Of a client certificate that OpenSSL took. */
function ownOf([, cert]: Read): CertificateState | undefined {
  if (cert === undefined) return undefined;
  const { subject, subjectAltName = "", fingerprint256, validTo } = new X509Certificate(cert);
  const names = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name = ""]) =>
    name.toLowerCase(),
  );
  return {
    name: /^CN=(.+)$/m.exec(subject)?.[1] ?? names[0] ?? "",
    names,
    fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
    endsAt: new Date(validTo).toISOString(),
  };
}

function contextOf([ca, cert, key]: Read): SecureContext {
  // OpenSSL takes a file without any certificate for an empty list, and then believes nobody.
  if (ca !== undefined) new X509Certificate(ca);
  return createSecureContext({ ca, cert, key });
}

/** The certificates that an upstream is met with, read again when their files change. Files that do not pass change nothing. */
class Certificates implements Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  context: SecureContext | undefined = undefined;
  own: CertificateState | undefined = undefined;
  /** Why the files as they are now are not in force. */
  problem: string | undefined = undefined;
  private readonly files: Read;
  private readonly deadlines: Deadlines;
  private read: Read = [];
  private closed = false;

  constructor(tls: UpstreamTls, deadlines: Deadlines) {
    this.files = filesOf(tls);
    this.deadlines = deadlines;
    try {
      this.take(this.files.map((file) => (file === undefined ? undefined : readFileSync(file, "utf8"))));
    } catch (error) {
      this.problem = (error as Error).message;
    }
    if (this.files.every((file) => file === undefined)) return;
    this.deadlineMs = deadlines.in(REREAD_MS);
    deadlines.add(this);
  }

  onDeadline(): void {
    void this.readAgain();
  }

  close(): void {
    this.closed = true;
    this.deadlines.remove(this);
  }

  private async readAgain(): Promise<void> {
    try {
      this.take(
        await Promise.all(
          this.files.map((file) => (file === undefined ? undefined : readFile(file, "utf8"))),
        ),
      );
      this.problem = undefined;
    } catch (error) {
      this.problem = (error as Error).message;
    }
    if (!this.closed) this.deadlineMs = this.deadlines.in(REREAD_MS);
  }

  private take(read: Read): void {
    if (this.context !== undefined && read.every((text, i) => text === this.read[i])) return;
    this.context = contextOf(read);
    this.own = ownOf(read);
    this.read = read;
  }
}

/** TLS to the members of one upstream. */
export class SecureDialer {
  private readonly tls: UpstreamTls;
  private readonly certificates: Certificates;

  constructor(tls: UpstreamTls | undefined, deadlines: Deadlines) {
    this.tls = tls ?? DEFAULTS;
    this.certificates = new Certificates(this.tls, deadlines);
  }

  get problem(): string | undefined {
    return this.certificates.problem;
  }

  /** The client certificate in force. */
  get own(): CertificateState | undefined {
    return this.certificates.own;
  }

  /** `host`: of the URL, a name or an address. Sessions are the member's: a second handshake is a short one. */
  way(place: Place, host: string): Way {
    const { tls, certificates } = this;
    const name = tls.servername ?? host;
    let session: Buffer | undefined;
    let sessionOf: SecureContext | undefined;
    const open = (protocols: readonly string[], onread?: OnReadOpts) => {
      const { context } = certificates;
      const options: TlsOptions = {
        ...place,
        // An own context is never built anew for a connection.
        secureContext: context,
        checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
        rejectUnauthorized: tls.verify,
        ALPNProtocols: [...protocols],
        allowHalfOpen: true,
        noDelay: true,
        ...(onread === undefined ? {} : { onread }),
      };
      // Neither may be there and undefined.
      if (isIP(name) === 0) options.servername = name;
      if (context === sessionOf && session !== undefined) options.session = session;
      const socket = connect(options);
      socket.on("session", (fresh: Buffer) => {
        session = fresh;
        sessionOf = context;
      });
      if (context === undefined)
        socket.destroy(new Error(`the files of tls cannot be used: ${certificates.problem}`));
      return socket;
    };
    const dial = (user: SocketUser) => {
      const callback = (bytes: number) => {
        user.onRead(records, bytes);
        return true;
      };
      const socket = open(["http/1.1"], { buffer: records, callback });
      return socket.on("secureConnect", () => user.onConnect());
    };
    return { secure: true, dial, open: (protocols) => open(protocols) };
  }

  close(): void {
    this.certificates.close();
  }
}

const CERTIFICATE_ERROR =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_)/;

/** What became of a connection that was being made. */
export function connectFailure(error: NodeJS.ErrnoException): readonly [BackendErrorCode, string] {
  const { code } = error;
  // The system's words are its code's; OpenSSL's say more than that.
  if (code === undefined || /^E[A-Z0-9]+$/.test(code)) return ["upstream_refused", code ?? error.message];
  const tls = `${code}: ${error.message}`.replace(/[^\x20-\x7e]+/g, " ").slice(0, 300);
  return [CERTIFICATE_ERROR.test(code) ? "upstream_certificate" : "upstream_refused", tls];
}

/** Ends a connection so that the other end knows that it is not complete: over TCP by a reset. */
export function breakOff(socket: Socket): void {
  // Other kinds of handles cannot be reset (ERR_INVALID_HANDLE_TYPE).
  if ("encrypted" in socket || socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
