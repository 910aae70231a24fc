import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it came over the wire (opentelemetry-proto, trace.proto). */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status?: { readonly code: number; readonly message: string };
}

export interface ReceivedBatch {
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly spans: readonly ReceivedSpan[];
}

/** What the receiver does with a batch. */
export type Answering =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | "hang";

function attributesOf(list: ReceivedSpan["attributes"]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** An OTLP/HTTP receiver of JSON on a free loopback port. */
export async function startOtlpReceiver() {
  const batches: ReceivedBatch[] = [];
  let answering: Answering = { status: 200, body: "{}" };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (answering === "hang") return;
      const { status, headers = {}, body = "" } = answering;
      if (status === 200) {
        const [resourceSpans] = JSON.parse(Buffer.concat(chunks).toString()).resourceSpans;
        batches.push({
          headers: request.headers,
          path: request.url ?? "",
          resource: attributesOf(resourceSpans.resource.attributes),
          spans: resourceSpans.scopeSpans[0].spans,
        });
      }
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    batches,
    get spans(): readonly ReceivedSpan[] {
      return batches.flatMap(({ spans }) => spans);
    },
    attributes: (span: ReceivedSpan) => attributesOf(span.attributes),
    answer(next: Answering) {
      answering = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
