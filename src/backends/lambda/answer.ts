import type { Payload } from "../../domain/function-target.ts";
import { withoutBlanks } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { parseSent } from "../../domain/sent-json.ts";
import { isFieldText, isToken } from "../../wire/grammar.ts";
import { viewOf } from "../../wire/view-of.ts";

/** The head of a function's answer as HTTP. */
export interface FunctionHead {
  readonly status: number;
  /** Without framing. */
  readonly headers: RawHeaders;
}

/** A function's answer as HTTP. */
export interface FunctionAnswer extends FunctionHead {
  readonly body: Uint8Array;
}

/** What a function returned is no answer; why, for a log. */
export class NoAnswer extends Error {}

type Json = Readonly<Record<string, unknown>>;

/** Of names and values: as much as a server's head may have. */
const MAX_HEAD_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);
/** Of one connection, or of what carries the body: the front door's own to say. */
const HOPS: ReadonlySet<string> = new Set([
  ...["connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade"],
]);
const KEYS_1: ReadonlySet<string> = new Set([
  ...["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"],
]);

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NoAnswer(`${what} is not an object`);
  return value as Json;
}

function statusOf(value: unknown): number {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599)
    throw new NoAnswer("statusCode is no status from 200 to 599");
  return status;
}

function add(headers: string[], name: string, value: unknown): void {
  if (value === null || value === undefined) return;
  if (typeof value === "object") throw new NoAnswer("a header's value is an object or a list");
  if (!isToken(name)) throw new NoAnswer("a header's name has a character that none may have");
  if (HOPS.has(name.toLowerCase())) return;
  const text = Buffer.from(String(value), "utf8").toString("latin1");
  if (!isFieldText(text)) throw new NoAnswer("a header's value has a control character in it");
  headers.push(name, withoutBlanks(text));
}

function bodyOf({ body, isBase64Encoded }: Json): Uint8Array {
  if (body === undefined || body === null) return NOTHING;
  if (typeof body !== "string") throw new NoAnswer("body is not a text");
  return Buffer.from(body, isBase64Encoded === true ? "base64" : "utf8");
}

/** A name that both have: first its list, then the single value, all under the name as it was written first. */
function fieldsOf(single: unknown, multi: unknown): string[] {
  const headers: string[] = [];
  const spelled = new Map<string, string>();
  const spelling = (name: string) => {
    const known = spelled.get(name.toLowerCase()) ?? name;
    spelled.set(name.toLowerCase(), known);
    return known;
  };
  for (const [name, values] of Object.entries(objectOf(multi ?? {}, "multiValueHeaders"))) {
    if (values === null) continue;
    if (!Array.isArray(values)) throw new NoAnswer("a value of multiValueHeaders is not a list");
    for (const value of values) add(headers, spelling(name), value);
  }
  for (const [name, value] of Object.entries(objectOf(single ?? {}, "headers")))
    add(headers, spelling(name), value);
  return headers;
}

function withCookies(fields: string[], cookies: unknown): string[] {
  if (cookies === undefined || cookies === null) return fields;
  if (!Array.isArray(cookies)) throw new NoAnswer("cookies is not a list");
  for (const cookie of cookies) add(fields, "set-cookie", cookie);
  return fields;
}

/** JSON is what an answer is that says nothing else. */
function typed(headers: string[]): string[] {
  if (headers.reduce((sum, text) => sum + text.length, 0) > MAX_HEAD_BYTES)
    throw new NoAnswer("its headers are too large");
  const has = headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === "content-type");
  return has ? headers : [...headers, "content-type", "application/json"];
}

function answer1(value: unknown): FunctionAnswer {
  const answer = objectOf(value, "it");
  const unknown = Object.keys(answer).find((key) => !KEYS_1.has(key));
  if (unknown !== undefined) throw new NoAnswer("it has a key that an answer does not have");
  const { statusCode = 200, headers, multiValueHeaders } = answer;
  return {
    status: statusOf(statusCode),
    headers: typed(fieldsOf(headers, multiValueHeaders)),
    body: bodyOf(answer),
  };
}

function answer2(value: unknown, written: Uint8Array): FunctionAnswer {
  const answer = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
  if (answer.statusCode === undefined) {
    const body = typeof value === "string" ? Buffer.from(value, "utf8") : written;
    return { status: 200, headers: ["content-type", "application/json"], body };
  }
  const { statusCode, headers, cookies } = answer;
  const fields = withCookies(fieldsOf(headers, undefined), cookies);
  return { status: statusOf(statusCode), headers: typed(fields), body: bodyOf(answer) };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseSent(viewOf(bytes).toString("utf8"));
  } catch {
    throw new NoAnswer("it is no JSON");
  }
}

/** Reads what stands before a streamed body, the same for every payload. Throws NoAnswer. */
export function streamedHead(json: Uint8Array): FunctionHead {
  const { statusCode = 200, headers, multiValueHeaders, cookies } = objectOf(jsonOf(json), "its head");
  const fields = withCookies(fieldsOf(headers, multiValueHeaders), cookies);
  return { status: statusOf(statusCode), headers: typed(fields) };
}

/** Reads what a function returned, by the rules of API Gateway for its payload. Throws NoAnswer. */
export function answerOf(returned: Uint8Array, payload: Payload): FunctionAnswer {
  const value = jsonOf(returned);
  return payload === "1.0" ? answer1(value) : answer2(value, returned);
}
