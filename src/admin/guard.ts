import type { IncomingHttpHeaders } from "node:http";
import { FigError } from "../domain/errors.ts";
import { isLoopback } from "../domain/host.ts";
import type { Session, Sessions } from "./sessions.ts";

interface GuardOptions {
  readonly sessions: Sessions;
  /** The admin is reached from this machine alone. */
  readonly loopback: boolean;
  /** The port the admin listens on; undefined: a Unix socket, which has none. */
  readonly port: () => number | undefined;
}

/** What a request may do. Not trusted: read what pages show before anybody logged in. */
export interface Caller {
  readonly trusted: boolean;
  /** Of the session, if it came by one. */
  readonly by: string | null;
  /** It came by; what it opened ends with it. */
  readonly session?: Session;
  /** Not trusted, and may be a page whose name was re-bound to this machine: may log in, and read nothing before. */
  readonly stranger?: true;
}

/** Throws `forbidden_origin`, `forbidden_host`, `unauthorized` for a token that is not the one, or `too_many_attempts`. */
export type Guard = (method: string, headers: IncomingHttpHeaders, address: string) => Caller;

const FROM_ITSELF: readonly (string | undefined)[] = [undefined, "same-origin", "none"];

/**
 * Only our own web page may call the API: browsers send Origin or Sec-Fetch-Site with whatever a page asks for. Where there
 * is no token, Host must also name this machine, because a page whose name was re-bound to 127.0.0.1 is its own origin (DNS
 * rebinding). On loopback the same holds for reads before login, which have neither token nor cookie. A session's cookie
 * acts only for a page that says it is ours: browsers send a cookie by themselves, and never a token.
 */
export function createGuard({ sessions, loopback, port }: GuardOptions): Guard {
  return (method, headers, address) => {
    const { origin, host = "" } = headers;
    const site = one(headers["sec-fetch-site"]);
    if (!FROM_ITSELF.includes(site) || !isOwnOrigin(origin, host)) {
      throw new FigError("forbidden_origin", "Web pages of another origin may not use the admin API.");
    }
    if (!sessions.needed) {
      if (isOwnHost(host, port())) return { trusted: true, by: null };
      const own = port();
      const which = own === undefined ? "" : ` with port ${own}`;
      // A Unix socket has no port.
      const url = own === undefined ? "http://localhost" : "http://127.0.0.1 and that port";
      throw new FigError("forbidden_host", `Host must be a loopback name${which}.`, {
        remedy: `Use ${url}, or set an adminToken.`,
      });
    }
    // Other schemes are of a proxy in front.
    const { authorization = "" } = headers;
    if (/^bearer\b/i.test(authorization)) {
      const sent = /^bearer +(\S(?:.*\S)?) *$/i.exec(authorization)?.[1];
      if (sent === undefined) throw unauthorized("This is not the admin token.");
      sessions.check(address, sent);
      return { trusted: true, by: null };
    }
    const session = sessions.find(headers.cookie);
    const reads = method === "GET" || method === "HEAD";
    if (session === undefined || !(reads || origin !== undefined || site === "same-origin")) {
      const stranger = loopback && !namesLoopback(host);
      return { trusted: false, by: null, ...(stranger ? { stranger } : {}) };
    }
    return { trusted: true, by: session.by, session };
  };
}

export function unauthorized(message = "The admin API needs its token."): FigError {
  return new FigError("unauthorized", message, { remedy: "Send `Authorization: Bearer <adminToken>`." });
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true;
  const authority = /^https?:\/\/([^/?#@\s]+)$/i.exec(origin)?.[1];
  return authority !== undefined && authority.toLowerCase() === host.toLowerCase();
}

const HOST = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/;

/** By whatever port: one may be forwarded here. Browsers take every name under `localhost` for loopback. */
function namesLoopback(host: string): boolean {
  const [, name] = HOST.exec(host.toLowerCase()) ?? [];
  if (name === undefined) return false;
  const bare = name.replace(/^\[(.*)\]$|\.$/, "$1");
  return isLoopback(bare) || bare.endsWith(".localhost");
}

function isOwnHost(host: string, port: number | undefined): boolean {
  if (port === undefined) return namesLoopback(host);
  return namesLoopback(host) && Number(HOST.exec(host)?.[2] ?? 80) === port;
}
