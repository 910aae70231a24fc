import { isCredentialHeader } from "../../domain/credentials.ts";
import { headerLines } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { REDACTED } from "../../domain/redaction.ts";
import { scrubbed } from "../../domain/scrub.ts";
import type { WholeField } from "../../domain/whole/sample.ts";
import { cookieForm, cookieText } from "../cookies.ts";

/** Of one message; a client and an upstream choose how many there are. */
const MAX_WHOLE_FIELDS = 200;
/** Of one field, once what reads like a credential is taken out: the beginning of one would not. */
const MAX_FIELD_CHARS = 4096;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** A field's bytes as a reader means them: UTF-8 where they are that, else one character a byte. */
function meant(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1)) return latin1;
  try {
    return UTF8.decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

const shown = (text: string) => scrubbed(meant(text)).slice(0, MAX_FIELD_CHARS);

/**
 * The fields of a message without credentials, in their order. `secret`: lower-case names that hold some whatever they are called. Of a
 * cookie that is set, all but the value is kept.
 */
export function wholeFields(headers: RawHeaders, secret: readonly string[] = []): readonly WholeField[] {
  const fields: WholeField[] = [];
  const [date] = headerLines(headers, "date");
  for (let i = 0; i + 1 < headers.length && fields.length < MAX_WHOLE_FIELDS; i += 2) {
    const [written, value] = [headers[i] as string, headers[i + 1] as string];
    const name = written.toLowerCase();
    if (name === "set-cookie") fields.push([written, shown(cookieText([cookieForm(value, date)]))]);
    else if (secret.includes(name) || isCredentialHeader(written)) fields.push([shown(written), REDACTED]);
    else fields.push([shown(written), shown(value)]);
  }
  return fields;
}
