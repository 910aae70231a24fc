import type { AskAws, AwsService } from "../../aws/contract.ts";
import type { Message, MessageService, Sent, ServiceCall } from "./contract.ts";
import { failedBy, failedCall } from "./failures.ts";

/** Of an answer. That of 500 records is the longest. */
const MAX_ANSWER_BYTES = 1024 * 1024;

type Json = Readonly<Record<string, unknown>>;

function jsonOf(body: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

const UNREAD: Sent = {
  ...{ kind: "failed", code: "upstream_invalid", untouched: false, again: false },
  detail: "the answer is none of the service's",
};

/** Sends messages to a service: each by itself, or several in one call. Never rejects. */
export class Sender {
  readonly service: MessageService;
  private readonly aws: AwsService;
  private readonly askAws: AskAws;

  constructor(service: MessageService, aws: AwsService, ask: AskAws) {
    this.service = service;
    this.aws = aws;
    this.askAws = ask;
  }

  async one(message: Message, signal: AbortSignal): Promise<Sent> {
    const answer = await this.ask(this.service.one(message), signal);
    if ("kind" in answer) return answer;
    const said = this.service.readOne(answer.json);
    return said === undefined ? UNREAD : { kind: "taken", said };
  }

  /** One outcome a message, in their order. */
  async several(messages: readonly Message[], signal: AbortSignal): Promise<readonly Sent[]> {
    const answer = await this.ask(this.service.several(messages), signal);
    if ("kind" in answer) return messages.map(() => answer);
    return this.service
      .readSeveral(answer.json, messages.length)
      .map((sent = UNREAD) => (sent.kind === "failed" ? { ...sent, apart: false } : sent));
  }

  private async ask(
    { target, contentType, body }: ServiceCall,
    signal: AbortSignal,
  ): Promise<Sent | { readonly json: Json }> {
    const reply = await this.askAws(this.aws, {
      ...{ path: "/", query: [], body, signal, maxBytes: MAX_ANSWER_BYTES },
      // Of a connection that broke nobody knows whether the message is there.
      single: true,
      headers: { "content-type": contentType, "x-amz-target": target },
    });
    if (reply.kind === "failed") return failedCall(reply);
    const json = jsonOf(reply.body);
    if (reply.status === 200) return json === undefined ? UNREAD : { json };
    const text = json?.message ?? json?.Message;
    const { title } = this.service;
    const failed = failedBy(title, reply.status, reply.error, typeof text === "string" ? text : "");
    // A call that failed there may have left its messages all the same. Of a part that failed it is said that it is not there.
    return failed.untouched ? failed : { ...failed, again: false };
  }
}
