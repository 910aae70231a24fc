import { z } from "zod";
import type { TracingSettings } from "../domain/tracing.ts";
import { fieldValue } from "./header-edit.ts";
import { choice, flag, textLeaf, Wrong } from "./leaf.ts";
import { duration, headerName, percent, size } from "./scalars.ts";

const ENDPOINT_LIKE = "write the URL of an OTLP/HTTP receiver, like http://127.0.0.1:4318";
/** Where a receiver takes spans (OTLP specification, "OTLP/HTTP Request"). */
const DEFAULT_PATH = "/v1/traces";

const endpoint = () =>
  textLeaf("URL", ENDPOINT_LIKE, (text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol))
      return new Wrong("{value} is not an http or https URL", ENDPOINT_LIKE);
    if (url.username !== "" || url.password !== "")
      return new Wrong("the URL holds a user or a password", "write them as tracing.headers.authorization");
    if (url.pathname === "/") url.pathname = DEFAULT_PATH;
    return url.href;
  });

const serviceName = () => {
  const remedy = "write 1 to 100 printable characters, such as shop-door";
  return textLeaf("name", remedy, (text) =>
    /^[ -~]{1,100}$/.test(text) ? text : new Wrong("{value} is no name of a service", remedy),
  );
};

export const tracingSchema = z.strictObject({
  endpoint: endpoint().describe(
    "Where spans go: the URL of an OTLP/HTTP receiver, which is sent JSON. Without a path it is `/v1/traces`.",
  ),
  headers: z
    .record(headerName(), fieldValue())
    .prefault({})
    .describe("Fields of each batch of spans, such as a token of the receiver's. Best from the environment."),
  sample: percent()
    .prefault(1)
    .describe("Percent of requests that are traced, of those whose caller does not decide (`parents`)."),
  parents: choice(["trusted", "all", "none"])
    .prefault("trusted")
    .describe(
      "Whose sampling decision is followed: that of callers in `trustedProxies`, of every caller, or of none. A trace that a caller began goes on either way.",
    ),
  xray: flag()
    .prefault(false)
    .describe("true: X-Amzn-Trace-Id is read where there is no traceparent, and is written beside it."),
  service: serviceName().prefault("strangler-fig").describe("`service.name` of the spans."),
  queue: size({ positive: true })
    .prefault("8MiB")
    .describe("Spans that wait for the receiver, in bytes. More are dropped and counted. Never 0."),
  timeout: duration({ positive: true }).prefault("10s").describe("How long one batch may take."),
});

/** `name`: the environment's. */
export function tracingOf(
  input: z.output<typeof tracingSchema> | undefined,
  name: string | undefined,
): TracingSettings | undefined {
  if (input === undefined) return undefined;
  const { sample, queue, timeout, ...rest } = input;
  return { ...rest, samplePercent: sample, queueBytes: queue, timeoutMs: timeout, environment: name };
}
