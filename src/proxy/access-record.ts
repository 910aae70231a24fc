import type { Identity } from "../domain/identity.ts";
import type { RequestHead } from "../domain/message.ts";
import { phaseOf } from "../domain/position.ts";
import { traceIdOf } from "../domain/traceparent.ts";
import type { AccessRecord } from "../observe/contract.ts";
import type { Decision } from "../routing/decide.ts";
import type { OutgoingRequest } from "./outgoing.ts";

/** What a request came to. */
type Ended = Pick<
  AccessRecord,
  | "side"
  | "status"
  | "requestBytes"
  | "responseBytes"
  | "micros"
  | "error"
  | "detail"
  | "tries"
  | "shadowed"
  | "fellBack"
> & {
  /** Flat [policy, verdict, ...]. */
  readonly verdicts: readonly string[] | undefined;
  readonly identity: Identity | undefined;
};

/** One request as the access log says it. */
export function accessRecord(
  head: RequestHead,
  decision: Decision,
  outgoing: OutgoingRequest | undefined,
  ended: Ended,
): AccessRecord {
  const { live, scanned } = decision;
  const { side, verdicts, identity, ...rest } = ended;
  return {
    requestId: outgoing?.requestId ?? "",
    traceId: traceIdOf(scanned.traceparent),
    method: head.method,
    target: head.target,
    host: scanned.host ?? "",
    remoteAddress: head.remoteAddress,
    route: live?.id ?? "",
    side,
    phase: live === undefined ? undefined : phaseOf(live.position, live.definition.retired),
    upstream: side === "none" ? undefined : live?.definition[side]?.upstream,
    policies: verdicts === undefined ? undefined : byPolicy(verdicts),
    apiKey: identity?.apiKey?.id,
    subject: identity?.subject,
    pinned: decision.pinned,
    ...rest,
  };
}

function byPolicy(verdicts: readonly string[]): Record<string, string> {
  const said: Record<string, string> = {};
  for (let i = 0; i < verdicts.length; i += 2) said[verdicts[i] as string] = verdicts[i + 1] as string;
  return said;
}
