import type { Identity } from "./identity.ts";
import type { RawHeaders } from "./message.ts";

/** What a field's value may not have as it is: what is no printable ASCII, what encodes, and what parts a list. */
const ENCODED = /[^ -~]|[%,]|^ | $/gu;
/** Half a character of UTF-16, which has no UTF-8. */
const LONE = /\p{Cs}/gu;

/** A text in a header: percent-encoded UTF-8 where it cannot stand as it is. A comma in it is encoded, so that one parts a list. */
function encoded(text: string): string {
  return text.replace(LONE, "\ufffd").replace(ENCODED, encodeURIComponent);
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** A claim in a header: a text as it is, a list with commas, anything else as JSON; encoded. Undefined: it says nothing. */
function claimText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isPlain(value)) return encoded(String(value));
  if (Array.isArray(value) && value.every(isPlain)) return value.map((one) => encoded(String(one))).join(",");
  return encoded(JSON.stringify(value));
}

/** The field that a claim goes on in: `cognito:groups` in `x-fig-claim-cognito-groups`. */
export function claimField(name: string): string {
  return `x-fig-claim-${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}`;
}

/** What a side is told of who its client is. Clients cannot send any x-fig-* field. */
export function identityFields({ subject, claims, forwards = [] }: Identity): RawHeaders {
  const fields: string[] = [];
  if (subject !== undefined) fields.push("x-fig-subject", encoded(subject));
  for (const name of forwards) {
    const value = claims !== undefined && Object.hasOwn(claims, name) ? claimText(claims[name]) : undefined;
    if (value !== undefined) fields.push(claimField(name), value);
  }
  return fields;
}
