import { latin1OfUtf8 } from "../routing/bytes.ts";
import { answer } from "./answer.ts";
import { doorPolicy } from "./policy.ts";

/** Answers every request itself. */
export const respond = doorPolicy("respond", ({ status, headers, body, type: bodyType }) => {
  const bytes = new TextEncoder().encode(body);
  const named = Object.entries(headers).flatMap(([name, value]) => [name, latin1OfUtf8(value)]);
  const type = "content-type" in headers || body === "" ? [] : ["content-type", bodyType];
  // A 204 has none (RFC 9110 §8.6).
  const length = status === 204 ? [] : ["content-length", String(bytes.length)];
  const fields = [...named, ...type, ...length];
  return {
    wrap: () => (request, listener) => {
      request.served.verdict("respond", "answered");
      request.served.answersByPolicy();
      return answer(request, listener, status, "", fields, bytes);
    },
    explain: () => ({
      policy: "respond",
      verdict: "answered",
      detail: "the policy answers every request",
      status,
    }),
  };
});
