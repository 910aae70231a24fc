import type { CustomFetch } from "openid-client";
import type { Ask } from "../asking/contract.ts";
import { isLoopback } from "../domain/host.ts";

/** Metadata, keys, tokens and profiles are shorter. */
const MAX_ANSWER_BYTES = 512 * 1024;
/** Of one question to a provider, until its answer is whole. */
export const CALL_MS = 5_000;
const NO_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

/** The provider could not be asked. */
export class NotAsked extends Error {
  override readonly name = "NotAsked";
}

/** Whether a secret may be sent there: over TLS, or to this machine. */
export function isPrivateWay({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname.replace(/^\[|\]$/g, "")));
}

/** openid-client's questions, over connections that are kept, with bounds on time and size. Follows no redirect. */
export function providerFetch(ask: Ask): CustomFetch {
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    if (!isPrivateWay(url))
      throw new NotAsked(`its metadata lead to ${url.protocol}//${url.host}, which is not private`);
    const given = body instanceof URLSearchParams ? body.toString() : body;
    if (given !== undefined && given !== null && typeof given !== "string" && !(given instanceof Uint8Array))
      throw new NotAsked("a body of an unknown form");
    const bound = AbortSignal.timeout(CALL_MS);
    const reply = await ask({
      url,
      method,
      headers: { ...headers, "accept-encoding": "identity" },
      body: given ?? undefined,
      signal: signal === undefined || signal === null ? bound : AbortSignal.any([signal, bound]),
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (reply.kind === "failed") throw new NotAsked(`${reply.why}: ${reply.detail}`);
    const { status } = reply;
    if (status < 200 || status > 599) throw new NotAsked(`status ${status}`);
    const fields = new Headers();
    for (let at = 0; at < reply.headers.length; at += 2)
      fields.append(reply.headers[at] as string, reply.headers[at + 1] as string);
    return new Response(NO_CONTENT.has(status) ? null : Buffer.from(reply.body), { status, headers: fields });
  };
}
