import { X509Certificate } from "node:crypto";
import type { AcmeSettings } from "../domain/acme.ts";
import { talking } from "./client.ts";

/** When an authority wants a certificate to be renewed, ms since the epoch. */
export interface RenewalWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** OBJECT IDENTIFIER 2.5.29.35, authorityKeyIdentifier. */
const AUTHORITY_KEY_ID = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x23]);
const [OCTETS, SEQUENCE, KEY_ID, BOOLEAN] = [0x04, 0x30, 0x80, 0x01];

/** What a DER value with this tag holds, and where it ends; lengths below 65,536. */
function valueAt(
  der: Buffer,
  at: number,
  tag: number,
): { readonly from: number; readonly to: number } | undefined {
  if (der[at] !== tag) return undefined;
  const first = der[at + 1] ?? 0xff;
  const more = first < 0x80 ? 0 : first - 0x80;
  if (more > 2 || at + 2 + more > der.length) return undefined;
  const length = more === 0 ? first : der.readUIntBE(at + 2, more);
  const from = at + 2 + more;
  return from + length <= der.length ? { from, to: from + length } : undefined;
}

/** The key of who signed it, as the certificate names it. */
function authorityKeyOf(der: Buffer): Buffer | undefined {
  const found = der.indexOf(AUTHORITY_KEY_ID);
  if (found === -1) return undefined;
  let at = found + AUTHORITY_KEY_ID.length;
  at = valueAt(der, at, BOOLEAN)?.to ?? at;
  const octets = valueAt(der, at, OCTETS);
  const sequence = octets && valueAt(der, octets.from, SEQUENCE);
  const key = sequence && valueAt(der, sequence.from, KEY_ID);
  return key && der.subarray(key.from, key.to);
}

/** A certificate's name in RFC 9773 §4.1; undefined: it does not say whose key signed it. */
export function certificateId(pem: string): string | undefined {
  const { raw, serialNumber } = new X509Certificate(pem);
  const key = authorityKeyOf(raw);
  if (key === undefined) return undefined;
  const even = serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`;
  // DER's integers have a sign.
  const serial = Buffer.from(Number.parseInt(even.slice(0, 2), 16) < 0x80 ? even : `00${even}`, "hex");
  return `${key.toString("base64url")}.${serial.toString("base64url")}`;
}

/** Asks when to renew (ACME Renewal Information, RFC 9773). Undefined: this authority does not say. */
export function renewalWindow(
  settings: AcmeSettings,
  pem: string,
  signal: AbortSignal,
): Promise<RenewalWindow | undefined> {
  const id = certificateId(pem);
  if (id === undefined) return Promise.resolve(undefined);
  return talking(settings, signal, async ({ axios }) => {
    const asked = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
      const { status, data } = await axios.get<unknown>(url, { validateStatus: null });
      if (status !== 200 || typeof data !== "object" || data === null)
        throw new Error(`the authority answered ${status} to ${new URL(url).pathname}`);
      return data as Readonly<Record<string, unknown>>;
    };
    const { renewalInfo } = await asked(settings.directory);
    if (typeof renewalInfo !== "string") return undefined;
    const { suggestedWindow } = await asked(`${renewalInfo.replace(/\/$/, "")}/${id}`);
    const { start, end } = (suggestedWindow ?? {}) as Readonly<Record<string, unknown>>;
    const [startMs, endMs] = [Date.parse(String(start)), Date.parse(String(end))];
    if (!(startMs <= endMs)) throw new Error("the authority's time of renewal cannot be read");
    return { startMs, endMs };
  });
}
