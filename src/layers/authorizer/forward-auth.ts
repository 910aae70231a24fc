import type { Question, Reply } from "../../asking/contract.ts";
import { headerLines } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import type { AuthorizerPolicy } from "../../domain/policies/authorizer.ts";
import { askedHost, askedScheme } from "../../routing/asked.ts";
import type { ServedRequest } from "../contract.ts";
import { AnswerProblem, MAX_CONTEXT_BYTES } from "./grant.ts";
import type { Outcome } from "./outcome.ts";

/** A longer answer is a failure. */
const MAX_URL_ANSWER_BYTES = 64 * 1024;

/** Of this connection, of the body, conditions on another's content, or written anew for the question. */
const NOT_SENT =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|content-length|upgrade|expect|host|proxy-.*|accept-encoding|x-forwarded-(?:method|uri|host|proto)|forwarded|sec-websocket-(?:key|version|extensions)|if-.*|range)$/;
/** What of its answer a client gets that may not pass. */
const TO_CLIENT: ReadonlySet<string> = new Set([
  ...["www-authenticate", "location", "set-cookie", "retry-after", "cache-control"],
  ...["content-type", "content-language"],
]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const NOTHING = new Uint8Array(0);
const REASONS: Readonly<Record<number, string>> = {
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  401: "Unauthorized",
  403: "Forbidden",
};

/** The request as the service is told it: its head, in its own fields and in X-Forwarded-*. */
export function questionOf(
  { url, method, headers: chosen }: AuthorizerPolicy,
  request: ServedRequest,
  signal: AbortSignal,
): Question {
  const { decision } = request;
  const wanted = chosen === undefined ? undefined : new Set([...chosen, "x-forwarded-for", "x-request-id"]);
  const fields: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = (request.headers[i] as string).toLowerCase();
    if (NOT_SENT.test(name) || wanted?.has(name) === false) continue;
    fields[name] ??= [];
    fields[name].push(request.headers[i + 1] as string);
  }
  // Where upstreams are told by Forwarded alone.
  fields["x-forwarded-for"] ??= [request.served.clientAddress()];
  return {
    url: new URL(url as string),
    method,
    headers: {
      ...fields,
      "accept-encoding": "identity",
      "x-forwarded-method": request.method,
      "x-forwarded-uri": decision.path,
      "x-forwarded-host": askedHost(decision),
      "x-forwarded-proto": askedScheme(decision),
    },
    signal,
    maxBytes: MAX_URL_ANSWER_BYTES,
  };
}

/** Fields of its answer that go on to the side. */
function forwardedFields(headers: RawHeaders, names: readonly string[]): RawHeaders {
  const fields: string[] = [];
  let bytes = 0;
  for (const name of names) {
    for (const line of headerLines(headers, name)) {
      bytes += name.length + line.length;
      fields.push(name, line);
    }
  }
  if (bytes > MAX_CONTEXT_BYTES)
    throw new AnswerProblem(`fields to pass on come to more than ${MAX_CONTEXT_BYTES} bytes`);
  return fields;
}

function refusal(reply: Extract<Reply, { kind: "answered" }>, challenge: string): Outcome {
  const { status, headers: sent, body } = reply;
  const headers: string[] = [];
  // A body in a coding that nobody asked for is not handed on.
  const plain = headerLines(sent, "content-encoding").every((coding) => coding.toLowerCase() === "identity");
  for (let i = 0; i < sent.length; i += 2) {
    const name = (sent[i] as string).toLowerCase();
    if (TO_CLIENT.has(name) && (plain || !name.startsWith("content-")))
      headers.push(name, sent[i + 1] as string);
  }
  const handedOn = plain ? body : REDIRECTS.has(status) ? NOTHING : undefined;
  if (!headers.includes("cache-control")) headers.push("cache-control", "no-store");
  if (status === 401 && !headers.includes("www-authenticate")) headers.push("www-authenticate", challenge);
  return {
    kind: "refused",
    code: status === 403 ? "authorizer_denied" : "authorizer_unauthorized",
    answer: { status, reason: REASONS[status] as string, headers, body: handedOn },
  };
}

/** What the service's answer means: nginx's auth_request, with the redirects that logins need. */
export function urlOutcome(reply: Reply, { forward, challenge }: AuthorizerPolicy): Outcome {
  if (reply.kind === "failed") {
    const code = reply.why === "unreachable" ? "authorizer_unavailable" : "authorizer_invalid";
    return { kind: "refused", code, detail: reply.detail };
  }
  const { status, headers } = reply;
  if (status >= 200 && status < 300) {
    try {
      const fields = forwardedFields(headers, forward);
      const grant = { subject: undefined, context: undefined, apiKey: undefined, fields };
      return { kind: "judged", allows: true, grant, bytes: fields.join("").length + 256 };
    } catch (error) {
      return {
        kind: "refused",
        code: "authorizer_invalid",
        detail: error instanceof Error ? error.message : "",
      };
    }
  }
  const redirects = REDIRECTS.has(status) && headerLines(headers, "location").length === 1;
  if (status === 401 || status === 403 || redirects) return refusal(reply, challenge);
  return { kind: "refused", code: "authorizer_invalid", detail: `it answered with status ${status}` };
}
