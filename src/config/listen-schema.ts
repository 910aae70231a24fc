import { z } from "zod";
import { MAX_ACME_DOMAINS } from "../domain/acme.ts";
import { choice, flag, leaf, textLeaf, Wrong } from "./leaf.ts";
import { address } from "./scalars.ts";

/** A file of PEM text, or the text itself: a message never shows it. */
function pem(what: string) {
  const remedy = `write the path of ${what}, or its PEM text`;
  return textLeaf("path", remedy, (text) =>
    text === "" || text.includes("\0") ? new Wrong("the value is not a path", remedy) : text,
  );
}

const certificateShape = {
  cert: pem("a certificate").describe(
    "The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself.",
  ),
  key: pem("a private key").describe(
    "Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read.",
  ),
};

const certificate = z.strictObject(certificateShape);
const certificates = z.array(certificate).min(1);

/** YAML reads 1.2 as a number. */
function tlsVersion() {
  const remedy = "write 1.2 or 1.3";
  return leaf({ title: "1.2 or 1.3", enum: ["1.2", "1.3", 1.2, 1.3] }, (value) => {
    const text = String(value);
    return text === "1.2" || text === "1.3" ? text : new Wrong("{value} is no version of TLS here", remedy);
  });
}

function directory() {
  const remedy = "write the https URL that the certificate authority gives for its ACME directory";
  return textLeaf("URL", remedy, (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== "https:" || url.username !== "" || url.password !== "" || url.hash !== "")
      return new Wrong("the value is no https URL of a directory", remedy);
    return url.href;
  });
}

/** A DNS name that http-01 and tls-alpn-01 can show to be ours: no wildcard, no address. */
function acmeDomain() {
  const remedy =
    "write a DNS name such as shop.example.com; names with * need dns-01, which fig does not speak";
  return textLeaf("DNS name", remedy, (text) => {
    const name = text.toLowerCase();
    const labels = name.split(".");
    const sound =
      name.length <= 253 &&
      labels.length > 1 &&
      labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
      !/^[0-9]+$/.test(labels.at(-1) ?? "");
    return sound ? name : new Wrong("{value} is no name that a certificate can be ordered for", remedy);
  });
}

function acmeEmail() {
  const remedy = "write an address such as ops@example.com";
  return textLeaf("address", remedy, (text) =>
    /^[^\s@,?]+@[^\s@,?]+$/.test(text) ? text : new Wrong("{value} is no e-mail address", remedy),
  );
}

function eabKeyId() {
  const remedy = "write the key id that the authority gave you";
  return textLeaf("text", remedy, (text) =>
    /^[\x21-\x7e]{1,512}$/.test(text) ? text : new Wrong("the value is no key id", remedy),
  );
}

function eabKey() {
  const remedy = `write \${NAME} for a variable that holds the key, or the path of a file that does`;
  return textLeaf("path", remedy, (text) =>
    text === "" || text.includes("\0") ? new Wrong("the value is no key and no path", remedy) : text,
  );
}

const acme = z.strictObject({
  directory: directory().describe(
    "The directory of the certificate authority, such as https://acme-v02.api.letsencrypt.org/directory.",
  ),
  domains: z
    .array(acmeDomain())
    .min(1)
    .max(MAX_ACME_DOMAINS)
    .describe("The DNS names that the certificate is for."),
  email: acmeEmail().optional().describe("Where the authority writes to about the account."),
  termsAgreed: flag().describe(
    "true: you agree to the authority's terms of service. Nothing is ordered without.",
  ),
  challenge: choice(["http-01", "tls-alpn-01"])
    .prefault("http-01")
    .describe(
      "How the authority is shown that the names are yours. `http-01`: it asks port 80 for `/.well-known/acme-challenge/…`, which every listener answers. `tls-alpn-01`: it connects to port 443, which has to reach this listener.",
    ),
  eab: z
    .strictObject({
      keyId: eabKeyId().describe("The key's id, as the authority gives it."),
      key: eabKey().describe(
        "The key itself (HMAC, base64url), best from the environment, or the path of a file that holds it: what has 22 or more letters, digits, `-` and `_` alone is a key.",
      ),
    })
    .optional()
    .describe(
      "External account binding (RFC 8555 §7.3.4): what authorities such as ZeroSSL, Google and Sectigo give their customers to make an account with. Only used to make it.",
    ),
  ca: pem("the certificates that sign those of the directory")
    .optional()
    .describe(
      "The certificates that sign that of the directory's own server, PEM, where it is not one that the system knows: a private authority.",
    ),
});

const tlsObject = z.strictObject({
  cert: certificateShape.cert.optional(),
  key: certificateShape.key.optional(),
  certificates: certificates
    .optional()
    .describe(
      "In place of `cert` and `key`: several, chosen by the name that a client asks for (SNI). A certificate is for the DNS names in it, with `*` for one label. The first is for all other names.",
    ),
  acme: acme
    .optional()
    .describe(
      "In place of `cert` and `key`: a certificate that the front door orders and renews by itself, with ACME (RFC 8555). Account, keys and certificate are in `state`, so that a fleet shares them.",
    ),
  minVersion: tlsVersion().prefault("1.2").describe("The oldest version of TLS that is spoken."),
  clients: z
    .strictObject({
      ca: pem("the certificates that sign those of clients").describe(
        "The certificates that sign those of clients, PEM.",
      ),
      require: flag()
        .prefault(true)
        .describe(
          "true: a client without a certificate that verifies gets 400. false: it is served, and upstreams learn that there is none.",
        ),
    })
    .optional()
    .describe(
      "Client certificates (mTLS). Upstreams get `x-fig-client-cert-verify` (`SUCCESS`, `FAILED:why` or `NONE`), and of one that verifies `x-fig-client-cert-subject`, `-issuer`, `-serial` and `-fingerprint` (SHA-256). Clients cannot send these.",
    ),
});

/** Permissions, as chmod writes them. */
function socketMode() {
  const remedy = 'write three octal digits in quotes, like "0660"';
  return textLeaf("mode", remedy, (text) =>
    /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : new Wrong("{value} is no mode of a file", remedy),
  );
}

const listenObject = z.strictObject({
  address: address().describe("host:port, or unix:PATH."),
  tls: z
    .union([tlsObject, certificates])
    .optional()
    .describe(
      "Clients speak TLS here. A list is short for `certificates`. The files are read again when they change: new connections get the new certificate, and open ones go on.",
    ),
  proxyProtocol: flag()
    .prefault(false)
    .describe(
      "true: every connection begins with a PROXY header (version 1 or 2), which says who the client is. Only `trustedProxies` may connect.",
    ),
  http2: flag()
    .prefault(true)
    .describe(
      "HTTP/2 beside HTTP/1.1: by ALPN where `tls` is spoken, and for clients that begin with it (h2c with prior knowledge). false: HTTP/1.1 alone. `limits.streams` bounds the requests at once of a connection.",
    ),
  mode: socketMode()
    .optional()
    .describe("Permissions of a Unix socket. Left out, only the user that runs the front door may connect."),
});

const listener = z.union([address(), listenObject]);

export const listenSchema = z
  .union([address(), listenObject, z.array(listener).min(1)])
  .prefault("127.0.0.1:8080")
  .describe(
    "Where the front door listens: host:port, unix:PATH or an object, or a list of them. Port 0 picks a free one. A socket file is removed at the end, and one that nobody listens on is replaced.",
  );

export type ListenInput = z.output<typeof listenSchema>;
export type ListenerInput = z.output<typeof listener>;
export type TlsInput = z.output<typeof tlsObject> | z.output<typeof certificates>;
export type AcmeInput = z.output<typeof acme>;
