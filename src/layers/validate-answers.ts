import type { BackendListener } from "../backends/contract.ts";
import type { BodyWork, CheckDocument } from "../bodies/contract.ts";
import { onlyHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { ValidatePolicy } from "../domain/policies/validate.ts";
import type { Side } from "../domain/position.ts";
import { KeptBody } from "../wire/kept-body.ts";
import { joined } from "../wire/kept-bytes.ts";
import type { LayerTools, SideLayer, SideRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Whose work it is: no client waits for it, and none is behind it. */
const NO_CLIENT = "answers";

/** Holds answers against the document, once they have gone on. */
export const validateAnswers: SideLayer = {
  name: "validate answers",
  create(route, side, _shadow, { documents, bodyWork, bodies, verdicts }) {
    const policy = route.policies?.validate;
    const document = policy && documents.get(policy.openapi);
    if (policy === undefined || document === undefined || policy.answers !== "report") return undefined;
    const count = (verdict: string) => verdicts.add(route.id, "validate", `${side}_${verdict}`);
    const { id } = route;
    return {
      wrap: (open) => (request, listener) => {
        if (request.upgrade) return open(request, listener);
        return new Listening(listener, request, {
          ...{ policy, document, bodies, count },
          work: bodyWork,
          ...{ route: id, side },
        }).through(open, request);
      },
    };
  },
};

interface Answers extends Pick<LayerTools, "bodies"> {
  readonly policy: ValidatePolicy;
  readonly document: CheckDocument;
  readonly work: BodyWork;
  readonly route: string;
  readonly side: Side;
  count(verdict: string): void;
}

class Listening extends Relay {
  private readonly request: SideRequest;
  private readonly answers: Answers;
  private readonly body: KeptBody;
  private status = 0;
  private headers: RawHeaders = [];
  private json = false;

  constructor(listener: BackendListener, request: SideRequest, answers: Answers) {
    super(listener);
    this.request = request;
    this.answers = answers;
    this.body = new KeptBody(answers.bodies, answers.policy.maxBytes);
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.status = status;
    this.headers = headers;
    this.json = /^[^;]*[/+]json\s*(?:;|$)/i.test(onlyHeader(headers, "content-type") ?? "");
    this.listener.onHead(status, reason, headers, framing);
  }

  override onData(chunk: Uint8Array): void {
    // Of what is no JSON (a stream may never end) it is enough to know that there is a body.
    if (this.json) this.body.keep(chunk);
    else if (this.body.chunks.length === 0) this.body.keep(chunk.subarray(0, 1));
    this.listener.onData(chunk);
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    this.look();
    this.listener.onEnd(trailers);
  }

  override onError(...error: Parameters<BackendListener["onError"]>): void {
    this.body.release();
    this.listener.onError(...error);
  }

  override abort(): void {
    this.body.release();
    this.call.abort();
  }

  private look(): void {
    const { answers, body, status, headers } = this;
    const { method } = this.request.decision.head;
    const { work, document, policy, count, route, side } = answers;
    if (status === 0) return;
    if (!body.whole) {
      count("answer_unchecked");
      return;
    }
    const whole = method === "HEAD" ? undefined : joined(body.chunks);
    body.release();
    const { path: target } = this.request.decision;
    const { maxBytes } = policy;
    const tell = this.request.checks?.begin(side);
    void work
      .check(
        { kind: "check", document, method, target, headers, status, body: whole, maxBytes },
        { route, client: NO_CLIENT },
      )
      .then((checked) => {
        const { found, operation = "" } = checked.ok ? checked : {};
        if (found === undefined) count("answer_unchecked");
        else count(typeof found === "string" || found.length > 0 ? "answer_invalid" : "answer_valid");
        // What the document does not describe, it does not of either side.
        const held = found === undefined || typeof found === "string";
        tell?.(held ? undefined : { operation, status, problems: found });
      });
  }
}
