/** The cases of HTTP/2's frames as cases of the conformance suite: a proxy of its own for each, and an upstream that answers. */
import type { Case, World } from "../http/contract.ts";
import { ensure, show } from "../http/failure.ts";
import { OK } from "../http/steps.ts";
import type { Wire } from "../http/wire.ts";
import { HTTP2_CASES, type Http2Case } from "./cases.ts";
import { FrameClient, GET, headers } from "./frames.ts";

/** The first byte of a field block that says `:status: 200`. */
const STATUS_200 = 0x88;
/** What the cases' plain requests are forwarded as. */
const PLAIN = /^(?:GET|POST) \/asked HTTP\/1\.1$/;

export const HTTP2_GROUP = "HTTP/2: frames and fields";

const SENTENCES: readonly (readonly [keyof Http2Case, string])[] = [
  ["goaway", "ends the connection"],
  ["reset", "is an error of its stream"],
  ["ok", "is served"],
  ["dropped", "does not pass"],
  ["ignored", "is not taken for a request"],
  ["refused", "is refused"],
];

export const HTTP2_AS_CASES: readonly Case[] = HTTP2_CASES.map((one) => ({
  name: `${one.name} ${SENTENCES.find(([key]) => one[key] !== undefined)?.[1] ?? ""}`,
  rfc: sectionOf(one.rfc),
  needs: "HTTP/2",
  run: (world) => judge(one, world),
}));

function sectionOf(rfc: string): string {
  if (rfc === "house") return rfc;
  const [, number = "9113", section = rfc] = /^RFC (\d+) (.+)$/.exec(rfc) ?? [];
  return `${number} §${section}`;
}

async function judge(one: Http2Case, world: World): Promise<void> {
  world.upstream.reply(OK);
  const wire = await world.client();
  const client = new FrameClient(wire.socket, one.first);
  const heard = (what: string, holds: () => boolean) =>
    wire.until(
      what,
      () => (holds() ? true : undefined),
      () => holds(),
    );
  one.send(client);
  if (one.goaway !== undefined) {
    await wire.gone();
    const { goaway = "" } = client.heard;
    ensure(one.goaway.includes(goaway), `the connection ended with "${goaway}"`);
  } else if (one.reset !== undefined) {
    await heard("RST_STREAM", () => client.heard.resets.has(1) || client.heard.goaway !== undefined);
    const error = client.heard.resets.get(1) ?? client.heard.goaway ?? "";
    ensure(one.reset.includes(error), `the stream ended with "${error}"`);
    if (client.heard.goaway === undefined) await servesOn(wire, client, 3);
    nothingElse(world);
  } else if (one.dropped === true) {
    await heard("an answer", () => client.heard.answered.has(1));
    nothingElse(world);
    const text = world.upstream.received;
    ensure(!/evil|x-a|x y|x:y/.test(text), `forwarded: ${show(text, 50)}`);
  } else if (one.ignored === true) {
    await heard("an answer", () => client.heard.answered.has(5));
    ensure(
      world.upstream.requests.length === 1,
      `the upstream got ${world.upstream.requests.length} requests`,
    );
  } else if (one.ok === true) {
    await heard("an answer", () => client.heard.answered.has(1));
    ensure(client.heard.answered.get(1) === STATUS_200, "the answer is no 200");
  } else {
    const { resets, answered } = client.heard;
    await heard("a refusal", () => answered.has(1) || resets.has(1));
    ensure(answered.get(1) !== STATUS_200, "the answer is 200");
    ensure(world.upstream.received === "", `forwarded: ${show(world.upstream.received, 50)}`);
  }
}

/** Of its stream alone: the connection goes on. */
async function servesOn(wire: Wire, client: FrameClient, stream: number): Promise<void> {
  client.send(headers(stream, GET));
  await wire.until("the next answer", () =>
    client.heard.answered.get(stream) === STATUS_200 ? true : undefined,
  );
}

function nothingElse(world: World): void {
  for (const { start } of world.upstream.requests) ensure(PLAIN.test(start), `forwarded: ${show(start)}`);
}
