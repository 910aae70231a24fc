import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { TlsCertificate } from "../domain/config.ts";

/** What is wrong with a pair, of which part, and what would be right. */
interface PairFault {
  readonly part: "cert" | "key";
  readonly message: string;
  readonly remedy: string;
  /** It is only that it has ended, or has not begun. */
  readonly date?: true;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates of a PEM text; undefined: it holds none, or one that cannot be read. */
export function chainOf(text: string): readonly [X509Certificate, ...X509Certificate[]] | undefined {
  const blocks = text.match(BLOCK) ?? [];
  const begun = text.split("-----BEGIN CERTIFICATE-----").length - 1;
  if (blocks.length === 0 || begun !== blocks.length) return undefined;
  try {
    const [first, ...others] = blocks.map((block) => new X509Certificate(block));
    return first === undefined ? undefined : [first, ...others];
  } catch {
    return undefined;
  }
}

/** Lower-case DNS names: those in the subject's alternative name, else its common name (RFC 9525 has names there no more; old certificates do). */
function namesOf(certificate: X509Certificate): readonly string[] {
  const alternative = certificate.subjectAltName ?? "";
  const names = [...alternative.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name]) => name as string);
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  if (names.length === 0 && !/\bIP Address:/.test(alternative) && common !== undefined) names.push(common);
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function privateKey(text: string): KeyObject | PairFault {
  const fault = (message: string, remedy: string): PairFault => ({ part: "key", message, remedy });
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text))
    return fault(
      "the private key has a passphrase",
      "write it without: openssl pkey -in KEY -out NEW, and let only the front door's user read it",
    );
  try {
    return createPrivateKey(text);
  } catch {
    return fault(
      "there is no whole private key in it",
      "write a PEM file that begins with BEGIN PRIVATE KEY",
    );
  }
}

function dateFault(certificate: X509Certificate, nowMs: number): PairFault | undefined {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const said = (ms: number) => new Date(ms).toISOString();
  const fault = (message: string, remedy: string): PairFault => ({
    part: "cert",
    message,
    remedy,
    date: true,
  });
  if (nowMs > to) return fault(`the certificate has ended at ${said(to)}`, "put a new one in its place");
  if (nowMs < from)
    return fault(`the certificate begins at ${said(from)}`, "wait until then, or set this machine's clock");
  return undefined;
}

interface ReadPair {
  /** Undefined: it cannot be served. */
  readonly certificate: TlsCertificate | undefined;
  readonly faults: readonly PairFault[];
}

/** Whether a certificate and its key can be served, and for whom. `nowMs` undefined: whatever its dates are. `label`: for one without names. */
export function readPair(cert: string, key: string, label: string, nowMs: number | undefined): ReadPair {
  const chain = chainOf(cert);
  const secret = privateKey(key);
  const faults: PairFault[] = [];
  if (chain === undefined) {
    const remedy = "write a PEM file of blocks that begin with BEGIN CERTIFICATE, the site's own first";
    faults.push({ part: "cert", message: "there is no whole certificate in it", remedy });
  }
  if ("part" in secret) faults.push(secret);
  if (chain === undefined || "part" in secret) return { certificate: undefined, faults };
  const [first] = chain;
  if (!first.checkPrivateKey(secret)) {
    const remedy = "put the key of this certificate there, or write both files before fig reads them";
    faults.push({ part: "key", message: "the key is not that of the certificate", remedy });
    return { certificate: undefined, faults };
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error:[^:]*:[^:]*:[^:]*:/, "") : "";
    const message = `TLS does not take it: ${why}`;
    faults.push({ part: "cert", message, remedy: "have one made with a key of 2048 bits RSA, or P-256" });
    return { certificate: undefined, faults };
  }
  const date = nowMs === undefined ? undefined : dateFault(first, nowMs);
  if (date !== undefined) faults.push(date);
  const names = namesOf(first);
  const certificate: TlsCertificate = {
    ...{ name: names[0] ?? label, cert, key, names },
    fingerprint: first.fingerprint256.replaceAll(":", "").toLowerCase(),
    startsMs: Date.parse(first.validFrom),
    endsMs: Date.parse(first.validTo),
  };
  return { certificate, faults };
}
