import type { FrontDoorConfig } from "../domain/config.ts";
import { addressText } from "../domain/host.ts";
import type { RefusalCode } from "../domain/refusals.ts";

interface Transport {
  /** Refused before a byte of it is read as HTTP. */
  readonly refusal?: RefusalCode;
  readonly steps: readonly string[];
}

/** What the scheme of the URL makes of a request. A path alone says nothing of how it comes. */
export function transportOf(
  { listen, forwarded }: Pick<FrontDoorConfig, "listen" | "forwarded">,
  url: string,
): Transport {
  const scheme = /^(https?):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return { steps: [] };
  const secure = listen.filter(({ tls }) => tls !== undefined);
  if (scheme === "http") {
    if (secure.length === 0 || secure.length < listen.length) return { steps: [] };
    return { refusal: "plain_http", steps: ["every listener speaks TLS, and the URL begins with http"] };
  }
  if (secure.length === 0) {
    const who = "no listener speaks TLS, so whatever does stands in front: upstreams hear of it";
    return { steps: [`${who} if that is in trustedProxies and sends X-Forwarded-Proto`] };
  }
  const fields = {
    x: ["X-Forwarded-Proto"],
    rfc7239: ["Forwarded"],
    both: ["X-Forwarded-Proto", "Forwarded"],
  };
  const told = `it comes over TLS, and upstreams read so in ${fields[forwarded].join(" and ")}`;
  const asking = secure.flatMap((listener) => {
    const { clients } = listener.tls ?? {};
    if (clients === undefined) return [];
    const without = clients.require
      ? "without one that verifies it is refused: 400 (client_certificate)"
      : "without one it is served";
    return [
      `${addressText(listener)} asks for a client certificate; ${without}; upstreams are told who it is in x-fig-client-cert-*`,
    ];
  });
  return { steps: [told, ...asking] };
}
