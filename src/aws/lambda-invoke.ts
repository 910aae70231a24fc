import { regionOfArn } from "../domain/aws.ts";
import { headerLines } from "../domain/headers.ts";
import { uriEncoded } from "../domain/uri-encoded.ts";
import { type AwsTools, createAws } from "./aws.ts";
import type { Invoked, InvokeFunction } from "./contract.ts";
import { jsonObject } from "./credentials/source.ts";

function thrown(body: Uint8Array): Invoked {
  const { errorType, errorMessage } = jsonObject(body) ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { kind: "threw", errorType: text(errorType), errorMessage: text(errorMessage) };
}

/** Invokes functions of AWS Lambda: `Invoke`, signed, and waited for (API version 2015-03-31). */
export function createInvoke(tools: AwsTools, aws = createAws(tools)): InvokeFunction {
  return async ({ function: asked, payload, async: nobodyWaits, signal, maxBytes, reserve }) => {
    const service = aws.service("lambda", { ...asked, region: asked.region ?? regionOfArn(asked.name) });
    const reply = await aws.ask(service, {
      path: `/2015-03-31/functions/${uriEncoded(asked.name)}/invocations`,
      query: asked.qualifier === undefined ? [] : [["Qualifier", asked.qualifier] as const],
      headers: {
        "content-type": "application/json",
        ...(nobodyWaits === true ? { "x-amz-invocation-type": "Event" } : {}),
      },
      ...{ body: payload, signal, maxBytes, reserve },
    });
    if (reply.kind === "failed") return reply;
    if (reply.status === (nobodyWaits === true ? 202 : 200)) {
      return headerLines(reply.headers, "x-amz-function-error").length > 0
        ? thrown(reply.body)
        : { kind: "returned", payload: reply.body };
    }
    const detail = `Lambda answered ${reply.status} ${reply.error}`.trim();
    return { kind: "failed", why: "refused", detail, status: reply.status };
  };
}
