import { rewriteOf, templateOf } from "../routing/index.ts";
import { answer } from "./answer.ts";
import type { ExplainedRequest } from "./contract.ts";
import { doorPolicy } from "./policy.ts";

const NOTHING = new Uint8Array(0);

/** Sends every request elsewhere. */
export const redirect = doorPolicy("redirect", ({ to, status, query }, route) => {
  const path = to.indexOf("/", /^https?:/i.test(to) ? to.indexOf("//") + 2 : 0);
  const origin = to.slice(0, path);
  const template = templateOf(route.match.path);
  const parts = rewriteOf(to.slice(path), "names" in template ? template.names : []);
  if ("problem" in parts) throw new Error(`policies.redirect.to: ${parts.problem}`);
  const target = ({ decision }: Pick<ExplainedRequest, "decision">) => {
    const filled = parts.map((part) => (typeof part === "number" ? decision.captures[part] : part)).join("");
    const mark = query ? decision.path.indexOf("?") : -1;
    // A capture that begins with a slash, or with what browsers take for one (WHATWG URL), would make another host of what follows.
    return `${origin}${filled.replace(/^[/\\]{2,}/, "/")}${mark < 0 ? "" : decision.path.slice(mark)}`;
  };
  return {
    wrap: () => (request, listener) => {
      request.served.verdict("redirect", "answered");
      request.served.answersByPolicy();
      return answer(
        request,
        listener,
        status,
        "",
        ["location", target(request), "content-length", "0"],
        NOTHING,
      );
    },
    explain: () => ({
      policy: "redirect",
      verdict: "answered",
      detail: `the policy sends every request to ${to}`,
      status,
    }),
  };
});
