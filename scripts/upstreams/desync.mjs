// Mutated requests, and a marker behind each, through a front door to one server: both must count and read alike.
import { connect } from "node:net";
import { caseRequests } from "./case-requests.mjs";
import { answersIn, requestsIn, seenOf } from "./tap.mjs";

const suite = new URL("../../test/conformance/", import.meta.url);
const { Random } = await import(new URL("differential/random.ts", suite));
const { chunkedRequest, damagedText, hostileRequest, oddRequest, sizedRequest } = await import(
  new URL("differential/requests.ts", suite)
);
const { requestTexts } = await import(new URL("http/fuzz.ts", suite));

/** A client that hears nothing for so long has heard all; later than the front door gives a server up. */
export const STILL_MS = 12_000;
const TOGETHER = 32;
/** It may be the server's own: see direct.mjs. */
export const UNANSWERED = "a whole request that the server waits to end";

/** Text `nth` of a seed: the recorded requests of the conformance cases by turns with damage of every kind. */
function mutated(random, nth, recorded) {
  const base = `/t${nth}/`;
  if (nth % 2 === 0 && nth / 2 < recorded.length) return recorded[nth / 2];
  switch (random.below(6)) {
    case 0:
    case 1:
      return hostileRequest(random, base).text;
    case 2:
      return oddRequest(random, base).text;
    case 3:
      return damagedText(random, random.pick(requestTexts(`t${nth}`)));
    case 4:
      return damagedText(
        random,
        random.pick([sizedRequest, chunkedRequest])(random, base).text.slice(0, 4000),
      );
    default:
      return random.pick([sizedRequest, chunkedRequest])(random, base).text;
  }
}

function addressOf(nth) {
  return `127.${10 + (nth >> 16)}.${(nth >> 8) & 255}.${1 + ((nth & 255) % 254)}`;
}

/** Sends a text from an address of its own; resolves with what came back. Ends as soon as the marker is answered. */
function send(port, nth, text) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: addressOf(nth), noDelay: true });
    let received = "";
    let timer = setTimeout(() => socket.destroy(), STILL_MS);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), STILL_MS);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.on("connect", () => socket.write(text, "latin1"));
  });
}

/** What the server made of one connection's bytes that it may not have. */
function judged(connection) {
  const { requests } = requestsIn(connection.up, connection.pieces);
  const { answers } = answersIn(
    connection.down,
    requests.map(({ method }) => method),
    connection.endedBy !== undefined,
  );
  const found = [];
  const tell = (what, request) =>
    found.push({ what, head: request?.head ?? "", up: connection.up, down: connection.down });
  // What a server makes of trailers is nobody's answer: a connection that carried some is not used again.
  const trailed = /\r\ntrailer:/i.test(requests.at(-1)?.head ?? "") && answers.length === requests.length + 1;
  if (answers.length > requests.length && !trailed)
    tell(`${requests.length} requests, ${answers.length} answers`, requests.at(-1));
  for (const [index, answer] of answers.entries()) {
    const request = requests[index];
    const seen = seenOf(answer.head);
    if (request === undefined || seen === undefined) continue;
    if (seen.id !== "-" && seen.id !== request.id) tell("an answer to another request", request);
    // Methods of another case are ambiguous where routes name methods.
    if (seen.method.toUpperCase() !== request.method.toUpperCase())
      tell(`the method ${seen.method}`, request);
    if (seen.length !== "-" && request.whole && Number(seen.length) !== request.length)
      tell(`a body of ${seen.length} instead of ${request.length} bytes`, request);
  }
  const last = requests[answers.length];
  if (last?.whole && connection.endedBy !== "server") tell(UNANSWERED, last);
  return { requests, answers, found };
}

/** Whether a client got the answers to its own requests, in their order. */
function matched(received, own) {
  const ids = [...received.matchAll(/\r\nx-seen: *(\S+) (\S+) /gi)]
    .map(([, , id]) => id)
    .filter((id) => id !== "-");
  const expected = [...own].sort((a, b) => a.moment - b.moment).map(({ id }) => id);
  let at = 0;
  for (const id of ids) {
    at = expected.indexOf(id, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Sends texts `from` to `from + count` of the seed; the counts, and each disagreement with the bytes that show it. */
export async function desync({ door, tap, seed, count, onProgress }) {
  const recorded = await caseRequests();
  const sum = { sent: 0, forwarded: 0, refused: 0, disagreements: [] };
  for (let from = 0; from < count; from += TOGETHER * 4) {
    const batch = [];
    const upTo = Math.min(count, from + TOGETHER * 4);
    for (let nth = from; nth < upTo; nth++) {
      const random = new Random(seed * 1_000_003 + nth);
      const marker = `GET /marker-${nth} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`;
      batch.push({ nth, text: mutated(random, nth, recorded), marker });
    }
    const received = new Map();
    const queue = [...batch];
    const worker = async () => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift())
        received.set(addressOf(one.nth), await send(door.port, one.nth, one.text + one.marker));
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    const byAddress = new Map();
    for (const connection of tap.take()) {
      const { requests, found } = judged(connection);
      sum.forwarded += requests.length;
      sum.disagreements.push(...found);
      for (const request of requests) {
        if (!byAddress.has(request.address)) byAddress.set(request.address, []);
        byAddress.get(request.address).push(request);
      }
    }
    for (const one of batch) {
      const text = received.get(addressOf(one.nth)) ?? "";
      const own = byAddress.get(addressOf(one.nth)) ?? [];
      if (own.length === 0) sum.refused++;
      if (!matched(text, own))
        sum.disagreements.push({ what: "a client got another's answer", head: one.text, up: "", down: text });
    }
    sum.sent += batch.length;
    onProgress(sum);
  }
  return sum;
}
