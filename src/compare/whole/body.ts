import { createHash } from "node:crypto";
import { headerLines } from "../../domain/headers.ts";
import type { CompareOptions } from "../../domain/route.ts";
import { scrubbed } from "../../domain/scrub.ts";
import type { DescribedWhy, WholeBody } from "../../domain/whole/sample.ts";
import { mayBeJson } from "../bodies/json.ts";
import { valuedBody } from "../bodies/valued.ts";
import { type Answer, type Body, joined } from "../body.ts";
import { codingsOf, decodeContent } from "../content-coding.ts";
import { parseJson, parseJsonLines } from "../json-parse.ts";
import { isArray, type JsonValue } from "../json-value.ts";
import { decodeText, isHtml, isJson, isJsonLines, isText, isXml, mediaTypeOf } from "../media-type.ts";
import { compilePathRules } from "../path-rules.ts";
import { wholeJson } from "../sample-text.ts";
import { MAY_HOLD_JSON } from "../text-sample.ts";

/** Of a shorter body a hash is little less than the body: whoever has it can try what it may be. */
const MIN_HASHED_BYTES = 32;
/** As much of a hash as tells two bodies apart. */
const HASH_DIGITS = 16;
/** What is redacted may be longer than what stood there. */
const GROWTH = 2;

const MARKUP_PATH = /^\//;

function described(
  why: DescribedWhy,
  { media, bytes }: { readonly media: Body["media"]; readonly bytes: Uint8Array | undefined },
): WholeBody {
  // What `redact` names may be all that is not known of such a body.
  const hashed = why !== "redact" && bytes !== undefined && bytes.length >= MIN_HASHED_BYTES;
  return {
    ...{ kind: "described", why, type: scrubbed(media.essence.slice(0, 256)), bytes: bytes?.length ?? null },
    sha256: hashed ? createHash("sha256").update(bytes).digest("hex").slice(0, HASH_DIGITS) : null,
  };
}

function jsonIn(body: Body): JsonValue | undefined {
  const text = decodeText(body.bytes, undefined);
  if (text === undefined) return undefined;
  const parsed = isJson(body.media) ? parseJson(text) : parseJsonLines(text);
  if (!parsed.ok) return undefined;
  const { value } = parsed;
  const undeclared = !isJson(body.media) && !isJsonLines(body.media);
  return undeclared && isArray(value) && value.length === 1 ? value[0] : value;
}

/** A body that is read as values: their names say what `redact` means and what is a credential. */
function readValue(body: Body): JsonValue | undefined {
  if (isJson(body.media) || isJsonLines(body.media) || mayBeJson(body)) return jsonIn(body);
  return valuedBody(body);
}

/** Whether `redact` may mean something in a text, where no path leads to it. */
function mayRedact(text: string, { media }: Body, { redact }: CompareOptions): boolean {
  if (redact.length === 0) return false;
  if (isJson(media) || isJsonLines(media) || MAY_HOLD_JSON.test(text)) return true;
  return (isHtml(media) || isXml(media)) && redact.some((pattern) => MARKUP_PATH.test(pattern));
}

function readBody(body: Body, options: CompareOptions, maxBytes: number): WholeBody {
  const { media, bytes } = body;
  const value = readValue(body);
  if (value !== undefined) {
    const text = wholeJson(value, compilePathRules(options), maxBytes * GROWTH);
    if (text === undefined) return described("too_large", body);
    return { kind: "text", form: "json", text, bytes: bytes.length };
  }
  if (!isText(media) && media.essence !== "") return described("binary", body);
  const text = decodeText(bytes, media.charset);
  if (text === undefined) return described(media.essence === "" ? "binary" : "charset", body);
  if (media.essence.includes("form") && options.redact.length > 0) return described("redact", body);
  if (mayRedact(text, body, options)) return described("redact", body);
  const form = isHtml(media) || isXml(media) ? "markup" : "text";
  return { kind: "text", form, text: scrubbed(text), bytes: bytes.length };
}

/** A body as it is kept: redacted, or only described where nobody could tell what to take out of it, or it is too large. */
export function wholeBody(answer: Answer, options: CompareOptions, maxBytes: number): WholeBody {
  const { headers, body, bodyBytes, tooLarge } = answer;
  const media = mediaTypeOf(headerLines(headers, "content-type")[0] ?? "");
  if (tooLarge) return described("too_large", { media, bytes: undefined });
  if (bodyBytes === 0) return { kind: "none" };
  const sent = joined(body, bodyBytes);
  const codings = codingsOf(headerLines(headers, "content-encoding").join(","));
  const decoded = decodeContent(sent, codings, maxBytes);
  if (decoded.ok) return readBody({ media, bytes: decoded.bytes }, options, maxBytes);
  return described(decoded.why === "too_large" ? "too_large" : "coding", { media, bytes: sent });
}
