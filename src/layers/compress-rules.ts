import { isGrpc } from "../domain/grpc.ts";
import { headerLines, indexOfHeader } from "../domain/headers.ts";
import { NO_BODY, type RawHeaders, type RequestHead } from "../domain/message.ts";
import type { CompressPolicy } from "../domain/policies/compress.ts";
import { type MediaTypeTest, mediaTypeTest } from "../domain/policies/media-types.ts";
import { parseLength } from "../wire/grammar.ts";
import { addVary, keepNamed, withoutNamed } from "./answer-fields.ts";

/** They have no body, or only a part of one. */
const NOT_CODED: ReadonlySet<number> = new Set([204, 205, 206, 304]);

/** An answer with one of them says something of the very bytes that the side sent (RFC 9530, RFC 9421). */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  "content-digest",
  "repr-digest",
  "digest",
  "content-md5",
  "signature",
  "content-range",
]);

/** What a compressed answer says no more: its length, and that parts of it can be had. */
const GONE: ReadonlySet<string> = new Set(["content-length", "content-encoding", "accept-ranges"]);
const SET_HERE: ReadonlySet<string> = new Set(["content-encoding", "vary", "etag"]);

/** Browsers send no token of their own accord, so no other site's page can make them. */
const NOT_BY_ITSELF = /^(?:bearer|dpop)[ \t]/i;

/** Which answers of a route may be compressed. */
export class AnswerRules {
  private readonly policy: CompressPolicy;
  private readonly isType: MediaTypeTest;

  constructor(policy: CompressPolicy) {
    this.policy = policy;
    this.isType = mediaTypeTest(policy.types);
  }

  /** Whether a client that takes it gets this answer compressed, as far as status, length and fields say. */
  suits(status: number, headers: RawHeaders, framing: number): boolean {
    if (status < 200 || NOT_CODED.has(status)) return false;
    const length = framing === NO_BODY ? lengthOf(headers) : framing;
    if (length >= 0 && (length === 0 || length < this.policy.minBytes)) return false;
    const [type, ...more] = headerLines(headers, "content-type");
    if (type === undefined || more.length > 0 || !this.isType(type)) return false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] as string).toLowerCase();
      if (OF_THE_BYTES.has(name)) return false;
      if (name === "content-encoding" && (headers[i + 1] as string).trim().toLowerCase() !== "identity")
        return false;
    }
    return !isGrpc(headers) && !forbidsIt(headers);
  }

  /**
   * Whether somebody who sees how long the answer is could learn a secret in it (BREACH): the request has what a browser sends of its own
   * accord, or the answer sets a cookie, and it is not told that the page that asks is the answer's own.
   */
  mayLeak({ headers, certificate }: RequestHead, answer: RawHeaders): boolean {
    const { secrets } = this.policy;
    if (secrets === "always") return false;
    const personal =
      certificate !== undefined ||
      indexOfHeader(headers, "cookie") >= 0 ||
      headerLines(headers, "authorization").some((value) => !NOT_BY_ITSELF.test(value)) ||
      indexOfHeader(answer, "set-cookie") >= 0;
    if (!personal) return false;
    const [site, ...more] = headerLines(headers, "sec-fetch-site");
    return secrets === "never" || more.length > 0 || (site !== "same-origin" && site !== "none");
  }
}

/** -1: it is not told. */
function lengthOf(headers: RawHeaders): number {
  const [length] = headerLines(headers, "content-length");
  return length === undefined ? -1 : parseLength(length);
}

/** `Cache-Control: no-transform`, of a request or an answer (RFC 9111 §5.2). */
export function forbidsIt(headers: RawHeaders): boolean {
  return headerLines(headers, "cache-control").some((line) =>
    /(?:^|[\s,])no-transform(?:$|[\s,])/i.test(line),
  );
}

/** The fields of an answer that is compressed. Its bytes differ from the side's, so its entity tag is a weak one (RFC 9110 §8.8.3.3). */
export function codedFields(headers: RawHeaders, coding: string): string[] {
  const fields = withoutNamed(headers, GONE);
  keepNamed(fields, SET_HERE);
  weaken(fields);
  fields.push("content-encoding", coding);
  addVary(fields, ["Accept-Encoding"]);
  return fields;
}

/** The fields of an answer that another client may get compressed. */
export function variedFields(headers: RawHeaders): string[] {
  const fields = [...headers];
  keepNamed(fields, SET_HERE);
  addVary(fields, ["Accept-Encoding"]);
  return fields;
}

/** Of a 304 to somebody who has the compressed answer: as that answer's were (RFC 9110 §15.4.5). Undefined: they have not. */
export function notModifiedFields(headers: RawHeaders, request: RawHeaders): string[] | undefined {
  const [tag, ...more] = headerLines(headers, "etag");
  if (tag === undefined || more.length > 0 || !tag.startsWith('"')) return undefined;
  if (!headerLines(request, "if-none-match").some((line) => line.includes(`W/${tag}`))) return undefined;
  const fields = variedFields(headers);
  weaken(fields);
  return fields;
}

function weaken(fields: string[]): void {
  for (let at = indexOfHeader(fields, "etag"); at >= 0; at = indexOfHeader(fields, "etag", at + 2)) {
    const tag = fields[at + 1] as string;
    if (tag.startsWith('"')) fields[at + 1] = `W/${tag}`;
  }
}
