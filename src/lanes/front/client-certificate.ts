import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { RawHeaders } from "../../domain/message.ts";

const VERIFY = "x-fig-client-cert-verify";

/** What came of asking a client for its certificate. */
interface AskedClient {
  /** It has one, and it verifies. */
  readonly verified: boolean;
  /** What upstreams are told. Clients cannot send these: all of x-fig-* that they send is dropped. */
  readonly fields: RawHeaders;
}

/** After a handshake in which the client was asked for its certificate. Of one that does not verify nothing is told but that. */
export function askedClient(socket: TLSSocket): AskedClient {
  const certificate = socket.getPeerX509Certificate();
  // A session that is resumed without a certificate has no error either.
  if (certificate === undefined) return { verified: false, fields: [VERIFY, "NONE"] };
  if (!socket.authorized) {
    const why = String(socket.authorizationError).replaceAll(/[^A-Za-z0-9_]/g, "_");
    return { verified: false, fields: [VERIFY, `FAILED:${why}`] };
  }
  return { verified: true, fields: fieldsOf(certificate) };
}

function fieldsOf({ subject, issuer, serialNumber, fingerprint256 }: X509Certificate): RawHeaders {
  return [
    ...[VERIFY, "SUCCESS"],
    ...["x-fig-client-cert-subject", distinguishedName(subject)],
    ...["x-fig-client-cert-issuer", distinguishedName(issuer)],
    ...["x-fig-client-cert-serial", serialNumber],
    ...["x-fig-client-cert-fingerprint", fingerprint256.replaceAll(":", "").toLowerCase()],
  ];
}

/** From Node's lines to RFC 4514: last part first, commas between; bytes that a header cannot carry as `\XX`. */
function distinguishedName(lines: string | undefined): string {
  const parts = (lines ?? "").split("\n").filter((part) => part !== "");
  const text = parts.reverse().join(",");
  return text.replaceAll(/[^\x20-\x7e]+/g, (odd) =>
    [...Buffer.from(odd, "utf8")]
      .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}
