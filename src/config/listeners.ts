import { resolve } from "node:path";
import type { AcmeSettings, ExternalAccount } from "../domain/acme.ts";
import type { Listener, TlsCertificate, TlsClients, TlsSettings, UnixSocket } from "../domain/config.ts";
import { chainOf, readPair } from "./certificates.ts";
import { type DocumentPath, dotted } from "./document.ts";
import type { AcmeInput, ListenerInput, ListenInput, TlsInput } from "./listen-schema.ts";
import { type PemContext, pemText, type Tell } from "./pem-text.ts";
import { isMacKey, isPem } from "./tls-files.ts";

/** What the kernel has room for (sun_path). */
const MAX_SOCKET_PATH = 107;

/** How certificates are looked at. */
export interface CertificateDates {
  /** ms since the epoch; undefined: their dates are not looked at. */
  readonly nowMs: number | undefined;
  /** Which of them may be out of date: a front door that starts takes any, and one that runs keeps those that it has in force. */
  readonly outOfDate: "any" | readonly string[];
}

interface ListenerContext extends PemContext {
  readonly dates: CertificateDates;
}

export function listOf(listen: ListenInput): readonly ListenerInput[] {
  return Array.isArray(listen) ? listen : [listen];
}

/** A socket's path in full. */
export function socketIn(folder: string, { path, mode }: UnixSocket): UnixSocket {
  return { path: resolve(folder, path), mode };
}

/** The listeners that fig.yaml names, with what their TLS files hold. What is wrong goes into the list. */
export function listenersOf(listen: ListenInput, context: ListenerContext): readonly Listener[] {
  const listeners = listOf(listen).map((one, index) => {
    const base = Array.isArray(listen) ? ["listen", index] : ["listen"];
    const { address, tls, proxyProtocol, http2, mode } =
      "address" in one
        ? one
        : { address: one, tls: undefined, proxyProtocol: false, http2: true, mode: undefined };
    const { unix, ...tcp } = address;
    const tell = teller(context, base);
    if (mode !== undefined && unix === undefined)
      tell(["mode"], "only a Unix socket has a mode", "leave it out, or write address: unix:PATH");
    const socket =
      unix === undefined ? undefined : socketIn(context.folder, { ...unix, mode: mode ?? unix.mode });
    if (socket !== undefined && Buffer.byteLength(socket.path) > MAX_SOCKET_PATH)
      tell([], `the path of the socket is longer than ${MAX_SOCKET_PATH} bytes`, "write a shorter one");
    return {
      ...tcp,
      ...(socket === undefined ? {} : { unix: socket }),
      tls: tls === undefined ? undefined : tlsOf(tls, context, [...base, "tls"]),
      proxyProtocol,
      http2,
    };
  });
  if (listeners.some(({ tls }) => tls?.acme?.challenge === "http-01") && listeners.every(({ tls }) => tls))
    context.warnings.push(
      "listen: an authority asks for http-01 by plain HTTP on port 80, and no listener speaks it: add one, have what stands in front pass it on, or write challenge: tls-alpn-01",
    );
  return listeners;
}

/** Who sends PROXY headers has to be trusted: with nobody, such a listener turns everybody away. */
export function warnOfProxies(
  listeners: readonly Listener[],
  trusted: readonly string[],
  warnings: string[],
): void {
  if (trusted.length === 0 && listeners.some(({ proxyProtocol }) => proxyProtocol))
    warnings.push(
      "listen: with proxyProtocol only trustedProxies may connect, and there are none: name the networks of the load balancer there",
    );
}

function teller({ fig, problems }: ListenerContext, base: DocumentPath): Tell {
  return (path, message, remedy) => {
    const place = [...base, ...path];
    problems.add(fig.place(place), `${dotted(place)}: ${message}`, remedy);
  };
}

function tlsOf(tls: TlsInput, context: ListenerContext, base: DocumentPath): TlsSettings {
  const tell = teller(context, base);
  const whole = Array.isArray(tls) ? { certificates: tls, minVersion: "1.2" as const } : tls;
  const { cert, key, certificates, acme, minVersion, clients } = {
    cert: undefined,
    key: undefined,
    acme: undefined,
    clients: undefined,
    ...whole,
  };
  const single = cert !== undefined || key !== undefined;
  if (single && certificates !== undefined)
    tell([], "there are cert or key beside certificates", "put all of them into certificates");
  if (acme !== undefined && (single || certificates !== undefined))
    tell([], "there are certificates beside acme", "write acme, or the certificates");
  if (acme === undefined && certificates === undefined && cert === undefined)
    tell([], "cert is missing", "write the path of a certificate, and of its key beside it");
  if (certificates === undefined && key === undefined && cert !== undefined)
    tell([], "key is missing", "write the path of the certificate's private key");
  const pairs = certificates ?? (cert === undefined || key === undefined ? [] : [{ cert, key }]);
  const found = pairs.map((pair, index) => {
    const within = certificates === undefined ? [] : Array.isArray(tls) ? [index] : ["certificates", index];
    return pairOf(pair, context, [...base, ...within]);
  });
  return {
    certificates: found.filter((one) => one !== undefined),
    minVersion: minVersion as TlsSettings["minVersion"],
    clients: clients === undefined ? undefined : clientsOf(clients, context, [...base, "clients"]),
    ...(acme === undefined ? {} : { acme: acmeOf(acme, context, [...base, "acme"]) }),
  };
}

function acmeOf(written: AcmeInput, context: ListenerContext, base: DocumentPath): AcmeSettings {
  const tell = teller(context, base);
  const { directory, domains, email, termsAgreed, challenge, ca, eab } = written;
  if (!termsAgreed)
    tell(
      ["termsAgreed"],
      "nothing is ordered from who has not agreed",
      "read the authority's terms, and write true",
    );
  return {
    ...{ directory, email, challenge },
    domains: [...new Set(domains)],
    ca: ca === undefined ? undefined : caOf(ca, context, tell),
    ...(eab === undefined ? {} : { eab: externalAccountOf(eab, context, [...base, "eab"]) }),
  };
}

/** No message shows the key, nor a path that may be one. */
function externalAccountOf(
  { keyId, key }: ExternalAccount,
  context: ListenerContext,
  base: DocumentPath,
): ExternalAccount {
  const tell = teller(context, base);
  if (isMacKey(key)) return { keyId, key: key.trim() };
  const text = pemText(key, "key", context, tell, "the value, which is no key,")?.trim();
  if (text !== undefined && !isMacKey(text))
    tell(
      ["key"],
      "there is no key in the file",
      "put the authority's HMAC key into it, base64url, and nothing else",
    );
  return { keyId, key: text ?? "" };
}

function pairOf(
  { cert, key }: { readonly cert: string; readonly key: string },
  context: ListenerContext,
  base: DocumentPath,
): TlsCertificate | undefined {
  const tell = teller(context, base);
  const texts = [pemText(cert, "cert", context, tell), pemText(key, "key", context, tell)] as const;
  const [certText, keyText] = texts;
  if (certText === undefined || keyText === undefined) return undefined;
  const { dates, warnings } = context;
  const label = isPem(cert) ? "inline" : cert;
  const shown = { cert: label, key: isPem(key) ? "inline" : key };
  const { certificate, faults } = readPair(certText, keyText, label, dates.nowMs);
  const lenient =
    dates.outOfDate === "any" || (certificate && dates.outOfDate.includes(certificate.fingerprint));
  for (const { part, message, remedy, date } of faults) {
    if (date && lenient) warnings.push(`${shown[part]}: ${message}: ${remedy}`);
    else tell([part], `${shown[part]}: ${message}`, remedy);
  }
  return certificate;
}

function clientsOf(
  { ca, require }: { readonly ca: string; readonly require: boolean },
  context: ListenerContext,
  base: DocumentPath,
): TlsClients {
  return { ca: caOf(ca, context, teller(context, base)), require };
}

function caOf(ca: string, context: ListenerContext, tell: Tell): string {
  const text = pemText(ca, "ca", context, tell);
  if (text !== undefined && chainOf(text) === undefined)
    tell(
      ["ca"],
      `${isPem(ca) ? "inline" : ca}: there is no whole certificate in it`,
      "write a PEM file of blocks that begin with BEGIN CERTIFICATE",
    );
  return text ?? "";
}
