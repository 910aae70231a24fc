import type { Identity } from "../../src/domain/identity.ts";
import { NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { Policies } from "../../src/domain/policies.ts";
import type { LoggedRequest } from "../../src/observe/contract.ts";

/** What a format of the access log may ask of a request, without an exchange. */
export function requestOf({
  headers = [],
  template,
  policies,
  identity,
  answerMicros = 0,
  client = "198.51.100.7",
}: {
  readonly headers?: RawHeaders;
  readonly template?: string;
  readonly policies?: Policies;
  readonly identity?: Identity;
  readonly answerMicros?: number;
  readonly client?: string;
}): LoggedRequest {
  const head = {
    method: "GET",
    target: "/",
    version: "1.1",
    headers,
    framing: NO_BODY,
    upgrade: false,
    expectContinue: false,
    remoteAddress: "192.0.2.1",
    encrypted: false,
    certificate: undefined,
  };
  const live = template === undefined ? undefined : { definition: { match: { path: template }, policies } };
  const decision = { head, live, scanned: { forwardedProto: undefined } };
  return { decision, identity, answerMicros, clientAddress: () => client };
}
