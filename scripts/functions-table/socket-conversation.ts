import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket } from "ws";

/** What a client says, each once the one before is answered. */
const MESSAGES: readonly (readonly [row: string, text: string])[] = [
  ["a text that is no JSON", "hello"],
  ["a route that there is", '{"action":"total","item":12}'],
  ["a route that there is not", '{"action":"nobody"}'],
  ["no name of a route", '{"item":12}'],
  ["a name that is empty", '{"action":""}'],
  ["a name that is a number", '{"action":7}'],
  ["a name that is an object", '{"action":{"total":1}}'],
  ["a name that is null", '{"action":null}'],
  ["JSON that is a list", "[1]"],
  ["JSON that is a text", '"total"'],
  ["letters beyond ASCII", "grüße \u{1f600}"],
];

/** What came of a conversation, by row: the event, and what the client heard ("" of `$connect` and `$disconnect`). */
export type Conversation = Readonly<Record<string, { readonly event: unknown; readonly heard: string }>>;

const WAIT_MS = 10_000;

async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${WAIT_MS} ms`)), WAIT_MS);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Hears the events of a WebSocket API, and answers with the route that each is of. Port 0: a free one. */
export async function startRecorder(port: number) {
  const events: unknown[] = [];
  let told = () => {};
  const server = createServer(async (request, response) => {
    const event = JSON.parse(Buffer.concat(await request.toArray()).toString()) as {
      readonly requestContext: { readonly routeKey: string };
    };
    response.end(`heard on ${event.requestContext.routeKey}`);
    events.push(event);
    told();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The next event that was not taken yet. */
    async next(row: string): Promise<unknown> {
      while (events.length === 0)
        await within(
          row,
          new Promise<void>((resolve) => {
            told = resolve;
          }),
        );
      return events.shift();
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** One client's conversation with the API at a `ws://` address, the same with every door. */
export async function converse(
  endpoint: string,
  recorder: Awaited<ReturnType<typeof startRecorder>>,
): Promise<Conversation> {
  const socket = new WebSocket(`${endpoint}?room=1&room=2&name=Ann%20B&empty=`, {
    headers: { "X-Mark": "a", "User-Agent": "peer/1", Cookie: "a=1; b=2" },
  });
  await within("$connect", once(socket, "open"));
  const said: Record<string, { event: unknown; heard: string }> = {};
  said.$connect = { event: settled(await recorder.next("$connect")), heard: "" };
  for (const [row, text] of MESSAGES) {
    const answer = once(socket, "message");
    socket.send(text);
    const heard = String((await within(row, answer))[0]);
    said[row] = { event: settled(await recorder.next(row)), heard };
  }
  socket.close(4001, "bye");
  said.$disconnect = { event: settled(await recorder.next("$disconnect")), heard: "" };
  return said;
}

/** What is another each time. */
const VARYING: Readonly<Record<string, RegExp>> = {
  "(an id)": /^(?:connectionId|requestId|extendedRequestId|messageId|x-request-id)$/,
  "(a time)": /^(?:connectedAt|requestTime|requestTimeEpoch)$/,
  "(a key)": /^sec-websocket-key$/i,
  "(a host)": /^(?:host|x-forwarded-host|domainName)$/i,
};

function settled(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((each) => settled(each, name));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, settled(each, key)]));
  const [mark] = Object.entries(VARYING).find(([, names]) => names.test(name)) ?? [];
  return mark !== undefined && value !== null && value !== "" ? mark : value;
}
