import { regionOfArn } from "../domain/aws.ts";
import { headerLines } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import { uriEncoded } from "../domain/uri-encoded.ts";
import { type AwsTools, createAws } from "./aws.ts";
import type { Invoked, InvokeFunction } from "./contract.ts";
import { jsonObject } from "./credentials/source.ts";
import { StreamedPayload } from "./lambda-stream.ts";

/** What Lambda answers when it took an invocation. */
const TAKEN = { answer: 200, event: 202, stream: 200 } as const;
/** After the last message of a stream its answer ends too, as a rule in the same packet. A connection on which it does not is closed. */
const LINGER_MS = 1_000;

function thrown(body: Uint8Array, requestId: string | undefined): Invoked {
  const { errorType, errorMessage } = jsonObject(body) ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { kind: "threw", errorType: text(errorType), errorMessage: text(errorMessage), requestId };
}

function requestIdOf(headers: RawHeaders): string | undefined {
  const id = headerLines(headers, "x-amzn-requestid")[0] ?? "";
  return /^[\w-]{1,100}$/.test(id) ? id : undefined;
}

/** Where a function is asked for its whole answer, and where for one that is streamed. */
function pathOf(name: string, streamed: boolean): string {
  const [version, action] = streamed
    ? ["2021-11-15", "response-streaming-invocations"]
    : ["2015-03-31", "invocations"];
  return `/${version}/functions/${uriEncoded(name)}/${action}`;
}

/** Invokes functions of AWS Lambda, signed: `Invoke`, or `InvokeWithResponseStream` where somebody takes what comes. */
export function createInvoke(tools: AwsTools, aws = createAws(tools)): InvokeFunction {
  return async ({ function: asked, payload, async: nobodyWaits, signal, taker, repeatable, ...bounds }) => {
    const streamed = taker === undefined ? undefined : new StreamedPayload(taker);
    const taken = streamed !== undefined ? TAKEN.stream : nobodyWaits === true ? TAKEN.event : TAKEN.answer;
    const service = aws.service("lambda", { ...asked, region: asked.region ?? regionOfArn(asked.name) });
    let streamId: string | undefined;
    const asking = aws.ask(service, {
      path: pathOf(asked.name, streamed !== undefined),
      query: asked.qualifier === undefined ? [] : [["Qualifier", asked.qualifier] as const],
      headers: {
        "content-type": "application/json",
        ...(nobodyWaits === true ? { "x-amz-invocation-type": "Event" } : {}),
      },
      ...{ ...bounds, body: payload, single: repeatable !== true },
      signal: streamed === undefined ? signal : AbortSignal.any([signal, streamed.signal]),
      ...(streamed === undefined
        ? {}
        : {
            taker: (status: number, headers: RawHeaders) => {
              streamId = requestIdOf(headers);
              return status === TAKEN.stream ? streamed : undefined;
            },
          }),
    });
    if (streamed !== undefined && (await Promise.race([asking, streamed.complete])) === undefined) {
      const late = setTimeout(() => streamed.close(), LINGER_MS).unref();
      asking.finally(() => clearTimeout(late));
      return streamed.ended(streamId);
    }
    const reply = await asking;
    if (reply.kind === "failed") return streamed?.outcome() ?? reply;
    if (reply.status === taken) {
      const requestId = requestIdOf(reply.headers);
      if (streamed !== undefined) return streamed.ended(requestId);
      return headerLines(reply.headers, "x-amz-function-error").length > 0
        ? thrown(reply.body, requestId)
        : { kind: "returned", payload: reply.body, requestId };
    }
    const detail = `Lambda answered ${reply.status} ${reply.error}`.trim();
    return { kind: "failed", why: "refused", detail, status: reply.status };
  };
}
