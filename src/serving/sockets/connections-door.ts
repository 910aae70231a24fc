import { STATUS_CODES } from "node:http";
import type { AwsCredentials } from "../../aws/contract.ts";
import { checkSignature } from "../../aws/sigv4-check.ts";
import { headerLines } from "../../domain/headers.ts";
import { NO_BODY } from "../../domain/message.ts";
import type { ConnectionAsk, SocketReply } from "../../domain/socket-asks.ts";
import type { WebSocketApi } from "../../domain/websocket-api.ts";
import type { LaneListener, LaneRequest } from "../../lanes/contract.ts";
import { writeOwn } from "../../proxy/own-answer.ts";
import { hostName } from "../../routing/target.ts";
import { KeptBytes } from "../../wire/kept-bytes.ts";
import { answerTo, askOf, type ConnectionsAnswer, TOO_LARGE } from "./asked-connections.ts";

interface DoorTools {
  readonly now: () => number;
  readonly hex: (bytes: number) => string;
  readonly ask: (ask: ConnectionAsk) => Promise<SocketReply>;
  /** Counts an answer, by `operation status` with a space between them. */
  readonly count: (api: string, label: string) => void;
}

interface Managed {
  readonly api: WebSocketApi;
  readonly keys: ReadonlyMap<string, AwsCredentials>;
  /** Targets begin with one of these. */
  readonly starts: readonly string[];
}

const OPERATIONS: Readonly<Record<string, string>> = { POST: "post", GET: "get", DELETE: "delete" };

/** `@connections` of the APIs of one set of files: requests that are signed with keys of theirs (Signature Version 4, `execute-api`). */
export class ConnectionsDoor {
  private readonly managed: readonly Managed[];
  private readonly tools: DoorTools;

  constructor(
    apis: readonly (readonly [WebSocketApi, ReadonlyMap<string, AwsCredentials>])[],
    tools: DoorTools,
  ) {
    this.tools = tools;
    this.managed = apis.map(([api, keys]) => {
      const base = api.path.replace(/\/$/, "");
      return { api, keys, starts: [`${base}/@connections`, `${base}/%40connections`] };
    });
  }

  /** Undefined: the request is for something else. */
  answer(request: LaneRequest): LaneListener | undefined {
    const { target, headers } = request.head;
    for (const { api, keys, starts } of this.managed) {
      const start = starts.find(
        (text) => target.startsWith(text) && /^(?:[/?]|$)/.test(target.slice(text.length)),
      );
      if (start === undefined) continue;
      if (api.host !== undefined && hostName(headerLines(headers, "host")[0] ?? "") !== api.host) continue;
      return new ConnectionsRequest(request, api, keys, target.slice(start.length), this.tools);
    }
    return undefined;
  }
}

/** One request to `@connections`. */
class ConnectionsRequest implements LaneListener {
  private readonly request: LaneRequest;
  private readonly api: WebSocketApi;
  private readonly keys: ReadonlyMap<string, AwsCredentials>;
  private readonly rest: string;
  private readonly tools: DoorTools;
  private readonly kept = new KeptBytes();
  /** The body is all here. */
  private whole: boolean;
  private over = false;

  constructor(
    request: LaneRequest,
    api: WebSocketApi,
    keys: ReadonlyMap<string, AwsCredentials>,
    rest: string,
    tools: DoorTools,
  ) {
    this.request = request;
    this.api = api;
    this.keys = keys;
    this.rest = rest;
    this.tools = tools;
    const { framing, expectContinue } = request.head;
    this.whole = framing === NO_BODY || framing === 0;
    // Not in this turn: the lane has no listener yet.
    queueMicrotask(() => {
      if (this.over) return;
      if (framing > api.limits.messageBytes) return this.say(TOO_LARGE);
      // Of who does not sign nothing is read.
      const signed = headerLines(request.head.headers, "authorization").length > 0;
      if (this.whole || !signed) return this.decide();
      if (expectContinue) request.inform(100, "Continue", []);
      request.resume();
    });
  }

  onBody(chunk: Uint8Array): void {
    if (this.over) return;
    if (this.kept.bytes + chunk.length > this.api.limits.messageBytes) this.say(TOO_LARGE);
    else this.kept.keep(chunk, () => true);
  }

  onBodyEnd(): void {
    this.whole = true;
    this.decide();
  }

  onDrain(): void {}

  onBodyStall(): void {
    this.say({ status: 408, error: "BadRequestException", body: { message: "The message did not arrive." } });
  }

  onClientEnd(): void {}

  onAbort(): void {
    this.over = true;
  }

  onDone(): void {}

  private decide(): void {
    if (this.over) return;
    const { api, request, keys, rest, tools } = this;
    const { method, target, headers } = request.head;
    const body = Buffer.concat(this.kept.chunks);
    const header = (name: string) => headerLines(headers, name);
    const verdict = checkSignature({ method, target, header, body }, "execute-api", keys, tools.now());
    if (verdict.kind === "refused") {
      const { error, message } = verdict;
      this.say({ status: 403, error, body: { message } });
      return;
    }
    const ask = askOf(api.id, method, rest, body);
    if ("status" in ask) this.say(ask);
    else void tools.ask(ask).then((reply) => this.say(answerTo(ask, reply)));
  }

  private say({ status, error, body, retryAfter }: ConnectionsAnswer): void {
    if (this.over) return;
    this.over = true;
    const { request, tools, api } = this;
    const { method } = request.head;
    tools.count(api.id, `${OPERATIONS[method] ?? "other"} ${status}`);
    const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
    const bare = status === 204;
    const unsaid = bare || method === "HEAD";
    const headers = [
      ...["x-amzn-requestid", tools.hex(16)],
      ...(error === undefined ? [] : ["x-amzn-errortype", error]),
      ...(retryAfter === undefined ? [] : ["retry-after", String(retryAfter)]),
      ...(bytes.length === 0 ? [] : ["content-type", "application/json"]),
      ...(bare ? [] : ["content-length", String(bytes.length)]),
    ];
    const reason = STATUS_CODES[status] ?? "";
    // A body that was not read to its end ends its connection.
    writeOwn(request, { status, reason, headers, body: bytes }, unsaid ? undefined : bytes, !this.whole);
  }
}
