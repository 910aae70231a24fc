import { counterpart } from "./counterparts.ts";

interface Codec {
  encode(message: { headers: Record<string, unknown>; body: Uint8Array }): Uint8Array;
}

let codec: Codec | undefined;

/** The AWS SDK's own codec of `application/vnd.amazon.eventstream`. */
export function sdkCodec(): Codec {
  if (codec === undefined) {
    const { EventStreamCodec } = counterpart("@smithy/core/event-streams") as {
      EventStreamCodec: new (
        toText: (bytes: Uint8Array) => string,
        toBytes: (text: string) => Uint8Array,
      ) => Codec;
    };
    codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes).toString("utf8"),
      (text) => Buffer.from(text, "utf8"),
    );
  }
  return codec;
}

/** One event, as Lambda sends them. */
export function eventMessage(
  type: string,
  payload: Uint8Array,
  more: Readonly<Record<string, string>> = {},
): Buffer {
  const texts = { ":message-type": "event", ":event-type": type, ...more };
  const headers = Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, { type: "string", value }]),
  );
  return Buffer.from(sdkCodec().encode({ headers, body: payload }));
}
