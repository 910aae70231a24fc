import { headerLines } from "../domain/headers.ts";
import { NO_BODY } from "../domain/message.ts";
import { type RefusalCode, refusalAnswer } from "../domain/refusals.ts";
import type { BackendCall, BackendListener, BackendRequest } from "./contract.ts";

/** Answers in the side's place, as an answer of the side's, with an error in the front door's form. */
export function giveRefusal(
  { method, headers: asked }: BackendRequest,
  listener: BackendListener,
  code: RefusalCode,
  extra: readonly string[],
  details?: readonly object[],
  allowed?: string,
): void {
  const [accept] = headerLines(asked, "accept");
  const id = headerLines(asked, "x-request-id")[0] ?? "";
  const { status, reason, headers, body } = refusalAnswer(code, id, accept, details, allowed);
  listener.onHead(status, reason, [...headers, ...extra], method === "HEAD" ? NO_BODY : body.length);
  if (method !== "HEAD") listener.onData(body);
  listener.onEnd(undefined);
}

/** A call that was answered before it began. */
export const NO_CALL: BackendCall = Object.freeze({
  ...{
    write: () => true,
    end: () => {},
    pause: () => {},
    resume: () => {},
    allowSilence: () => {},
    abort: () => {},
  },
});
