/** HTTP/1.1 character classes as byte tables (RFC 9110 §5.6.2, RFC 9112 §5). */

/** 1 for tchar. */
export const TOKEN_BYTES = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN_BYTES[char.charCodeAt(0)] = 1;
}

/** 1 for what a field value may hold: SP, HTAB, VCHAR and obs-text. */
export const FIELD_BYTES = new Uint8Array(256);
for (let byte = 0x20; byte < 0x100; byte++) FIELD_BYTES[byte] = byte === 0x7f ? 0 : 1;
FIELD_BYTES[0x09] = 1;

/** RFC 9110 §5.6.2: what methods, header names and cookie names are made of. */
export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    if (TOKEN_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/** Bytes that a field's value may hold, one character each; blanks around it are none of it. */
export function isFieldText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (FIELD_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/** A decimal length as RFC 9110 §8.6 writes it, or -1. Refuses signs, blanks, lists and what a double cannot hold. */
export function parseLength(text: string): number {
  const { length } = text;
  if (length === 0 || length > 15) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Whether a value of Upgrade asks for a tunnel: it names a protocol, and none of HTTP/2's. */
export function asksForTunnel(upgrade: string): boolean {
  const names = upgrade.split(",").map((name) => name.trim().toLowerCase());
  return names.some((name) => name !== "") && !names.includes("h2c") && !names.includes("h2");
}
