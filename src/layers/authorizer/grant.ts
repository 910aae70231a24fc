import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import { dashed } from "../../domain/forwarding-fields.ts";
import type { Identity } from "../../domain/identity.ts";
import { CHUNKED, type RawHeaders } from "../../domain/message.ts";
import { latin1OfUtf8 } from "../../routing/bytes.ts";
import { isToken } from "../../wire/grammar.ts";
import type { Open, ServedRequest } from "../contract.ts";
import { Relay } from "../relay.ts";

/** What an authorizer says of a client that may pass. */
export interface Grant {
  readonly subject: string | undefined;
  readonly context: Readonly<Record<string, unknown>> | undefined;
  readonly apiKey: Identity["apiKey"];
  /** Fields for the side: flat [name, value, ...], latin1. */
  readonly fields: RawHeaders;
}

/** The longest names, values and all that an authorizer's context may come to in fields. */
export const MAX_CONTEXT_BYTES = 8 * 1024;

const CONTEXT = "x-fig-context-";
/** No control character but a tab. */
const FIELD_VALUE = /^[\t -~\u0080-\uffff]*$/;

/** Why an authorizer's answer cannot be used. */
export class AnswerProblem extends Error {}

/** Fields for a context's values. A value that no field can carry is refused: cut, it would say something else. */
export function contextFields(context: Readonly<Record<string, unknown>>): RawHeaders {
  const fields: string[] = [];
  const names = new Set<string>();
  let bytes = 0;
  for (const [key, value] of Object.entries(context)) {
    const name = `${CONTEXT}${dashed(key.toLowerCase())}`;
    if (!isToken(key)) throw new AnswerProblem("a name in its context is none that a field can have");
    if (names.has(name)) throw new AnswerProblem("two names in its context come to one field");
    names.add(name);
    const written = typeof value === "object" ? JSON.stringify(value) : String(value);
    if (!FIELD_VALUE.test(written)) throw new AnswerProblem("a value in its context has a control character");
    const sent = latin1OfUtf8(written);
    bytes += name.length + sent.length;
    fields.push(name, sent);
  }
  if (bytes > MAX_CONTEXT_BYTES)
    throw new AnswerProblem(`its context comes to more than ${MAX_CONTEXT_BYTES} bytes`);
  return fields;
}

/**
 * Who a client is that an authorizer let pass. It is somebody, though the authorizer may say nothing of who: what a side answers is
 * for that one.
 */
export function vouched(
  before: Identity | undefined,
  { subject, context, apiKey }: Pick<Grant, "subject" | "context" | "apiKey">,
): Identity {
  return {
    ...before,
    ...(subject === undefined ? {} : { subject }),
    ...(context === undefined ? {} : { context }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** Passes a request on with what an authorizer says of it: nobody else's fields of these names pass. */
export function passOn(
  open: Open<ServedRequest>,
  request: ServedRequest,
  listener: BackendListener,
  grant: Grant,
  forwarded: ReadonlySet<string>,
): BackendCall {
  const { served } = request;
  served.identity = vouched(served.identity, grant);
  const headers = without(request.headers, forwarded);
  headers.push(...grant.fields);
  const changed = { ...request, headers };
  if (forwarded.size === 0 || request.framing !== CHUNKED) return open(changed, listener);
  return new WithoutTrailers(listener, forwarded).through(open, changed);
}

function without(list: RawHeaders, names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < list.length; i += 2) {
    // With dashes: some servers read X_User as X-User.
    const name = dashed((list[i] as string).toLowerCase());
    if (!name.startsWith(CONTEXT) && !names.has(name)) kept.push(list[i] as string, list[i + 1] as string);
  }
  return kept;
}

/** Trailers may become fields. */
class WithoutTrailers extends Relay {
  private readonly names: ReadonlySet<string>;

  constructor(listener: BackendListener, names: ReadonlySet<string>) {
    super(listener);
    this.names = names;
  }

  override end(trailers: RawHeaders | undefined): void {
    this.call.end(trailers && without(trailers, this.names));
  }
}
