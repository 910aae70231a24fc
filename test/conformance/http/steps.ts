/** Steps that many cases share. */
import { setTimeout as delay } from "node:timers/promises";
import type { World } from "./contract.ts";
import { ensure, fail, show } from "./failure.ts";
import { type Message, statusOf, valuesOf } from "./parse.ts";
import type { Answer } from "./upstream.ts";
import type { Wire } from "./wire.ts";

/** A head of these lines. */
export function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export const OK = `${head("HTTP/1.1 200 OK", "Content-Length: 2")}ok`;
export const GET = head("GET / HTTP/1.1", "Host: a.test");

/** Long enough for bytes that must not come to come. */
export const settle = (): Promise<void> => delay(40);

export interface RoundTrip {
  readonly client: Wire;
  /** The first request the upstream completed. */
  readonly request: Message;
  readonly response: Message & { readonly interim: readonly Message[] };
}

/** Sends raw bytes, lets the upstream answer, reads the final response; fails when the upstream was not asked. */
export async function roundTrip(
  world: World,
  sent: string | Buffer,
  answer: Answer = OK,
): Promise<RoundTrip> {
  world.upstream.reply(answer);
  const client = await world.client();
  client.write(sent);
  const text = typeof sent === "string" ? sent : sent.toString("latin1", 0, 16);
  const response = await client.final(text.slice(0, text.indexOf(" ")));
  const request = world.upstream.requests[0];
  if (!request) return fail(`answered ${statusOf(response)} without asking the upstream`);
  return { client, request, response };
}

/**
 * One more request on the same client connection: what came before it left the framing whole. A proxy that said `close`
 * with `previous` may close instead.
 */
export async function stillInStep(client: Wire, previous?: Message, text = "ok"): Promise<void> {
  if (previous !== undefined && members(previous, "connection").includes("close")) return client.gone();
  client.write(head("GET /in-step HTTP/1.1", "Host: a.test"));
  const response = await client.final();
  ensure(statusOf(response) === 200, `the next request on the connection got ${statusOf(response)}`);
  const got = response.body.toString("latin1");
  ensure(got === text, `the next answer on the connection is ${show(got)}`);
}

/** The answer to these bytes is a refusal (an error status or a closed connection) and the upstream saw no byte. */
export async function refused(
  world: World,
  sent: string | Buffer,
  wanted: (status: number) => boolean = (status) => status >= 400,
): Promise<void> {
  world.upstream.reply(OK);
  const client = await world.client();
  client.write(sent);
  const status = await refusal(client);
  await settle();
  if (world.upstream.received !== "") fail(`forwarded: ${show(world.upstream.received, 50)}`);
  if (status !== undefined) ensure(wanted(status), `answered ${status}`);
}

/** The status of the refusal; undefined: closed without an answer. */
export async function refusal(client: Wire, method = "GET"): Promise<number | undefined> {
  await client.until(
    "a refusal",
    () => (client.bytes.length > 0 ? true : undefined),
    () => true,
  );
  if (client.bytes.length === 0) return undefined;
  try {
    return statusOf(await client.final(method));
  } catch (error) {
    // A refusal may be followed by a reset, when bytes of the request were left unread: its status has come all the same.
    const status = /^HTTP\/1\.1 ([45]\d\d) .*\r\n\r\n/s.exec(client.rest)?.[1];
    if (status === undefined) throw error;
    return Number(status);
  }
}

/** The next answer is a 200 with this body. */
export async function answerIs(client: Wire, body: string): Promise<void> {
  const response = await client.final();
  ensure(statusOf(response) === 200, `answered ${statusOf(response)} where 200 ${body} was due`);
  same("the answer", response.body.toString("latin1"), body);
}

export function has(message: Message, name: string): boolean {
  return message.fields.some(([n]) => n.toLowerCase() === name);
}

export function absent(message: Message, ...names: readonly string[]): void {
  for (const name of names) ensure(!has(message, name), `${name} passed on`);
}

export function same(what: string, actual: string | undefined, expected: string | undefined): void {
  ensure(actual === expected, `${what} is ${actual === undefined ? "missing" : `"${show(actual)}"`}`);
}

/** The only value of a field. */
export function only(message: Message, name: string): string | undefined {
  const values = valuesOf(message.fields, name);
  ensure(values.length <= 1, `${name} sent ${values.length} times`);
  return values[0];
}

/** Members of a comma-separated field, lower-case. */
export function members(message: Message, name: string): string[] {
  return valuesOf(message.fields, name)
    .join(",")
    .split(",")
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== "");
}

export function methodOf(request: Message): string {
  return request.start.split(" ")[0] as string;
}

export function targetOf(request: Message): string {
  return request.start.split(" ")[1] as string;
}

/** The upstream completed exactly these requests (method and target) and nothing is left over. */
export function upstreamSaw(world: World, ...expected: readonly string[]): void {
  const saw = world.upstream.requests.map((request) => request.start.replace(/ HTTP\/1\.[01]$/, ""));
  ensure(saw.join(" | ") === expected.join(" | "), `upstream saw [${show(saw.join(" | "))}]`);
  const rest = world.upstream.connections.map((wire) => wire.rest).join("");
  ensure(rest === "", `bytes outside any message sent upstream: ${show(rest)}`);
}
