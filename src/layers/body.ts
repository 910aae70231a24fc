import type { BackendListener } from "../backends/contract.ts";
import { headerLines } from "../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders, type RequestHead } from "../domain/message.ts";
import type { BodyPolicy } from "../domain/policies/body.ts";
import { type MediaTypeTest, mediaTypeTest } from "../domain/policies/media-types.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { refuse } from "./answer.ts";
import type { Open, OverListener, ServedRequest } from "./contract.ts";
import { doorPolicy } from "./policy.ts";
import { Relay } from "./relay.ts";

/** Why a request is refused, and what the answer says besides. */
interface BodyProblem {
  readonly code: RefusalCode;
  readonly fields: RawHeaders;
}

const HAVE_BODIES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** Bounds a request's body, its media type and its content coding, before a side hears of it. */
export const body = doorPolicy("body", (policy) => {
  const rules = new Rules(policy);
  return {
    wrap: (open) => (request, listener) => {
      const { served, decision } = request;
      const problem = rules.problem(decision.head);
      if (problem !== undefined) {
        served.verdict("body", "refused");
        return refuse(request, listener, problem.code, problem.fields);
      }
      if (decision.head.framing !== CHUNKED) {
        served.verdict("body", "passed");
        return open(request, listener);
      }
      served.onOver(COUNTED);
      const { maxBytes } = policy;
      if (maxBytes > 0 && (served.maxBodyBytes === 0 || maxBytes < served.maxBodyBytes))
        served.maxBodyBytes = maxBytes;
      const needed = policy.required && HAVE_BODIES.has(request.method);
      return needed ? new Awaiting(request, listener, open).begin() : open(request, listener);
    },
    explain: ({ decision }) => {
      const problem = rules.problem(decision.head);
      if (problem === undefined)
        return { policy: "body", verdict: "passed", detail: "what the head says of the body is allowed" };
      const { status, message } = REFUSALS[problem.code];
      return { policy: "body", verdict: "refused", detail: message, status };
    },
  };
});

/** Of a body whose length the head does not say: told at the end. */
const COUNTED: OverListener = {
  onOver({ error }, { served }) {
    const refused = error === "body_too_large" || error === "body_missing";
    served.verdict("body", refused ? "refused" : "passed");
  },
};

class Rules {
  private readonly policy: BodyPolicy;
  private readonly isType: MediaTypeTest | undefined;
  private readonly codings: ReadonlySet<string>;

  constructor(policy: BodyPolicy) {
    this.policy = policy;
    this.isType = policy.types === undefined ? undefined : mediaTypeTest(policy.types);
    this.codings = new Set(policy.encodings);
  }

  problem({ method, framing, headers }: RequestHead): BodyProblem | undefined {
    const { policy } = this;
    if (framing === NO_BODY || framing === 0)
      return policy.required && HAVE_BODIES.has(method) ? { code: "body_missing", fields: [] } : undefined;
    if (policy.maxBytes > 0 && framing > policy.maxBytes) return { code: "body_too_large", fields: [] };
    if (!this.isAllowedType(headers))
      return { code: "media_type_refused", fields: ["accept", (policy.types ?? []).join(", ")] };
    if (!this.isAllowedCoding(headers))
      return { code: "coding_refused", fields: ["accept-encoding", policy.encodings.join(", ")] };
    return undefined;
  }

  /** Two Content-Types can be read in two ways. */
  private isAllowedType(headers: RawHeaders): boolean {
    if (this.isType === undefined) return true;
    const [type, ...more] = headerLines(headers, "content-type");
    return type !== undefined && more.length === 0 && this.isType(type);
  }

  private isAllowedCoding(headers: RawHeaders): boolean {
    return headerLines(headers, "content-encoding")
      .flatMap((line) => line.toLowerCase().split(","))
      .every((coding) => this.codings.has(coding.trim() || "identity"));
  }
}

/** Asks what is below once the first byte of a body is here that there must be. */
class Awaiting extends Relay {
  private readonly request: ServedRequest;
  private readonly open: Open<ServedRequest>;
  private asked = false;
  private over = false;

  constructor(request: ServedRequest, listener: BackendListener, open: Open<ServedRequest>) {
    super(listener);
    this.request = request;
    this.open = open;
  }

  /** A client that waits to be told sends nothing before. */
  begin(): this {
    if (this.request.decision.head.expectContinue) this.listener.onInform(100, "Continue", []);
    return this;
  }

  override write(chunk: Uint8Array): boolean {
    if (!this.asked && !this.over) {
      this.asked = true;
      this.through(this.open, this.request);
    }
    return this.call.write(chunk);
  }

  override end(trailers: RawHeaders | undefined): void {
    if (this.asked) this.call.end(trailers);
    else if (!this.over) {
      this.over = true;
      refuse(this.request, this.listener, "body_missing");
    }
  }

  override abort(): void {
    this.over = true;
    this.call.abort();
  }
}
