/** A request target and the host it is for (RFC 9112 §3.2). */
export interface Target {
  /** Origin-form (`/…`) or `*`. */
  readonly path: string;
  /** The authority of an absolute-form target, which replaces Host; undefined: none. */
  readonly authority: string | undefined;
}

const ABSOLUTE = /^https?:\/\/([^/?#\s]+)(.*)$/i;

/** Undefined: a target no server answers. */
export function parseTarget(target: string, method: string): Target | undefined {
  if (target.charCodeAt(0) === 0x2f) return { path: target, authority: undefined };
  if (target === "*") return method === "OPTIONS" ? { path: "*", authority: undefined } : undefined;
  const parts = ABSOLUTE.exec(target);
  if (parts === null) return undefined;
  const authority = parts[1] as string;
  const rest = parts[2] as string;
  if (authority.includes("@") || !isHost(authority)) return undefined;
  if (rest.startsWith("/")) return { path: rest, authority };
  return { path: method === "OPTIONS" && rest === "" ? "*" : `/${rest}`, authority };
}

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9\-._~!$&'()*+;=%]*)(?::\d{0,5})?$/i;

/** A Host field's value: a name or address with an optional port, or empty. */
export function isHost(value: string): boolean {
  return HOST.test(value);
}

/** Lower-case, without port. */
export function hostName(host: string): string {
  let end = host.length;
  const colon = host.lastIndexOf(":");
  if (colon >= 0 && host.charCodeAt(end - 1) !== 0x5d) end = colon;
  return host.slice(0, end).toLowerCase();
}
