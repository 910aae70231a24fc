import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { FigError } from "../domain/errors.ts";

/** 127.0.0.0/8, ::1 or a name that resolves to them by RFC 6761 §6.3. Brackets and a final dot are looked past. */
export function isLoopbackHost(host: string): boolean {
  const bare = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
  if (bare === "localhost" || bare.endsWith(".localhost") || bare === "::1") return true;
  return /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bare);
}

export interface GuardOptions {
  readonly adminToken: string | undefined;
  /** The port the admin listens on. */
  readonly port: () => number;
}

/** Throws `forbidden_origin`, `forbidden_host` or `unauthorized` unless the request may use the API. */
export type Guard = (headers: IncomingHttpHeaders) => void;

const FROM_ITSELF: readonly (string | undefined)[] = [undefined, "same-origin", "none"];

/**
 * No web page but our own may call the API: browsers send Origin or Sec-Fetch-Site with whatever a page asks for. Where
 * there is no token, Host must also name this machine, because a page whose name was re-bound to 127.0.0.1 is its own
 * origin (DNS rebinding).
 */
export function createGuard({ adminToken, port }: GuardOptions): Guard {
  const expected = adminToken === undefined ? undefined : digest(adminToken);
  return (headers) => {
    const { origin, host = "" } = headers;
    if (!FROM_ITSELF.includes(one(headers["sec-fetch-site"])) || !isOwnOrigin(origin, host)) {
      throw new FigError("forbidden_origin", "Web pages of another origin may not use the admin API.");
    }
    if (expected === undefined) {
      if (!isOwnHost(host, port())) {
        throw new FigError("forbidden_host", `Host must be a loopback name with port ${port()}.`, {
          remedy: "Use http://127.0.0.1 and that port, or set an adminToken.",
        });
      }
      return;
    }
    const sent = /^bearer +(\S(?:.*\S)?) *$/i.exec(headers.authorization ?? "")?.[1];
    // Digests have one length, so the comparison takes the same time whatever was sent.
    if (sent === undefined || !timingSafeEqual(digest(sent), expected)) {
      throw new FigError(
        "unauthorized",
        sent === undefined ? "The admin API needs its token." : "This is not the admin token.",
        { remedy: "Send `Authorization: Bearer <adminToken>`." },
      );
    }
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true;
  const authority = /^https?:\/\/([^/?#@\s]+)$/i.exec(origin)?.[1];
  return authority !== undefined && authority.toLowerCase() === host.toLowerCase();
}

function isOwnHost(host: string, port: number): boolean {
  const parts = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(host);
  if (parts === null) return false;
  return isLoopbackHost(parts[1] as string) && Number(parts[2] ?? 80) === port;
}
