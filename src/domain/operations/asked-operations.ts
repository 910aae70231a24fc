import { onlyHeader } from "../headers.ts";
import type { RequestHead } from "../message.ts";
import { parseSent } from "../sent-json.ts";
import { documentNames } from "./document-names.ts";

/** A larger body is not read for its operations. */
export const MAX_OPERATION_BYTES = 256 * 1024;
/** Of a batch. A longer one has operations that nobody knows. */
const MAX_BATCH = 1_000;

/** What a request asks for by name: operations of GraphQL, or methods of JSON-RPC. */
interface AskedOperations {
  readonly kind: "graphql" | "json-rpc";
  /** Each name once, in their order; undefined stands for operations without one. Never empty. */
  readonly names: readonly (string | undefined)[];
}

/** Why a request's operations are not known. */
export type UnreadReason = "too_large" | "coded" | "not_json" | "none" | "not_told";

/** What was read of a request. */
export type OperationsRead = AskedOperations | { readonly kind: "unread"; readonly why: UnreadReason };

const unread = (why: UnreadReason): OperationsRead => ({ kind: "unread", why });

type Asking = Pick<RequestHead, "method" | "target" | "headers">;
type Members = Readonly<Record<string, unknown>>;

const MEDIA = /^(?:application\/json|text\/json|application\/graphql|[^;]+\+json)$/;

function mediaOf({ headers }: Asking): string {
  return (onlyHeader(headers, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Whether a request's body may say which operations it asks for; else its query does, if anything. */
export function saysInBody(asking: Asking): boolean {
  return asking.method === "POST" && MEDIA.test(mediaOf(asking));
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The operation that is asked for by name, or the only one of its document. Undefined: this is no GraphQL request. */
function graphqlName({
  query,
  operationName,
  extensions,
  variables,
  id,
  documentId,
}: Members): { name: string | undefined } | undefined {
  // Much JSON that asks for no operation has an id.
  const isAsked = typeof operationName === "string" || variables !== undefined || extensions !== undefined;
  const persisted = isAsked && [id, documentId].some((each) => typeof each === "string");
  const stored = persisted || (isObject(extensions) && isObject(extensions.persistedQuery));
  const names = typeof query === "string" ? documentNames(query) : [];
  if (names.length === 0 && !(stored && (query === undefined || query === null || query === "")))
    return undefined;
  if (typeof operationName === "string" && operationName !== "") return { name: operationName };
  return { name: names.length === 1 ? names[0] : undefined };
}

function rpcName({ jsonrpc, method }: Members): { name: string } | undefined {
  return typeof jsonrpc === "string" && typeof method === "string" ? { name: method } : undefined;
}

/** One request of either kind, or a batch of one kind. */
function operationsOf(value: unknown): OperationsRead {
  const each = Array.isArray(value) ? value : [value];
  if (each.length > MAX_BATCH) return unread("too_large");
  const names = new Set<string | undefined>();
  let kind: AskedOperations["kind"] | undefined;
  for (const one of each) {
    if (!isObject(one)) return unread("none");
    const rpc = rpcName(one);
    const found = rpc ?? graphqlName(one);
    const is = rpc === undefined ? "graphql" : "json-rpc";
    if (found === undefined || (kind ?? is) !== is) return unread("none");
    kind = is;
    names.add(found.name);
  }
  return kind === undefined ? unread("none") : { kind, names: [...names] };
}

function parsed(text: string): unknown {
  try {
    return parseSent(text);
  } catch {
    return undefined;
  }
}

/** GraphQL over HTTP, §6.2: a request by GET. */
function inQuery({ target }: Asking): OperationsRead {
  const mark = target.indexOf("?");
  if (mark < 0) return unread("none");
  const parameters = new URLSearchParams(target.slice(mark + 1));
  const members: Record<string, unknown> = {};
  for (const name of ["query", "operationName", "variables", "id", "documentId"])
    members[name] = parameters.get(name) ?? undefined;
  const extensions = parameters.get("extensions");
  if (extensions !== null) members.extensions = parsed(extensions);
  return operationsOf(members);
}

function bytesIn(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function textOf(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

/** Names of members of which every request for an operation has one; JSON may also write them with escapes. */
const SIGNS = [`"query"`, `"jsonrpc"`, `"operationName"`, `"variables"`, `"extensions"`, "\\u"];

/**
 * False: its body asks for no operation, which looking for a few words tells. Most JSON does not, and parsing it would take the
 * thread's other clients' time.
 */
export function mayAsk(asking: Asking, chunks: readonly Uint8Array[]): boolean {
  if (!saysInBody(asking) || mediaOf(asking) === "application/graphql") return true;
  if (bytesIn(chunks) > MAX_OPERATION_BYTES) return false;
  const text = textOf(chunks);
  return SIGNS.some((sign) => text.includes(sign));
}

/**
 * Which operations a request asks for: by its body, whole and as it was sent, where it is a POST with one; else by its query. Pure.
 * GraphQL: `operationName`, else the name of the document's only operation. JSON-RPC: `method`. A batch asks for those of all its parts.
 */
export function readOperations(asking: Asking, chunks: readonly Uint8Array[]): OperationsRead {
  const { method, headers } = asking;
  if (method === "GET" || method === "HEAD") return inQuery(asking);
  if (!saysInBody(asking)) return unread("none");
  const coding = onlyHeader(headers, "content-encoding")?.trim().toLowerCase() ?? "identity";
  if (coding !== "identity" && coding !== "") return unread("coded");
  if (bytesIn(chunks) > MAX_OPERATION_BYTES) return unread("too_large");
  const text = textOf(chunks);
  if (mediaOf(asking) === "application/graphql") {
    const asked = new URLSearchParams(asking.target.split("?", 2)[1] ?? "").get("operationName");
    return operationsOf({ query: text, operationName: asked });
  }
  const value = parsed(text);
  return value === undefined ? unread("not_json") : operationsOf(value);
}
