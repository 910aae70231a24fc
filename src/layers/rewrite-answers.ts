import type { BackendListener } from "../backends/contract.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Decided } from "../routing/decide.ts";
import { type PathBack, pathBack } from "../routing/path-back.ts";
import { hostName } from "../routing/target.ts";
import type { SideLayer } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Where a side's answers come from. */
interface Origin {
  readonly back: PathBack;
  /** Host and port of the upstream's URLs. */
  readonly authorities: ReadonlySet<string>;
  readonly hosts: readonly string[];
}

/**
 * A side that has a path of its own answers with paths of its own: Location, Content-Location, Refresh and the Path and
 * Domain of cookies are written back to what the client knows. `rewriteAnswers: false` leaves them as they came.
 */
export const rewriteAnswers: SideLayer = {
  name: "rewriteAnswers",
  create(route, side, _shadow, { upstreams }) {
    const definition = route[side];
    const back = pathBack(route, side);
    if (definition === undefined || back === undefined || definition.rewriteAnswers === false)
      return undefined;
    const urls = (upstreams.get(definition.upstream)?.urls ?? []).map((url) => new URL(url));
    const origin: Origin = {
      back,
      authorities: new Set(urls.map(({ host }) => host)),
      hosts: urls.map(({ hostname }) => hostname),
    };
    return {
      wrap: (open) => (request, listener) =>
        new Rewriting(listener, origin, request.decision).through(open, request),
    };
  },
};

class Rewriting extends Relay {
  private readonly origin: Origin;
  private readonly decision: Decided;

  constructor(listener: BackendListener, origin: Origin, decision: Decided) {
    super(listener);
    this.origin = origin;
    this.decision = decision;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, writtenBack(headers, this.origin, this.decision), framing);
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onUpgrade(status, reason, writtenBack(headers, this.origin, this.decision));
  }
}

type Rewrite = (value: string, origin: Origin, decision: Decided) => string;

const REWRITES: Readonly<Record<string, Rewrite>> = {
  location: urlBack,
  "content-location": urlBack,
  refresh: refreshBack,
  "set-cookie": cookieBack,
};

/** Lengths of those names: most headers cost one look. */
const LENGTHS = new Set(Object.keys(REWRITES).map(({ length }) => length));

function writtenBack(headers: RawHeaders, origin: Origin, decision: Decided): RawHeaders {
  let changed: string[] | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!LENGTHS.has(name.length)) continue;
    const rewrite = REWRITES[name.toLowerCase()];
    if (rewrite === undefined) continue;
    changed ??= [...headers];
    changed[i + 1] = rewrite(headers[i + 1] as string, origin, decision);
  }
  return changed ?? headers;
}

const ABSOLUTE = /^(https?:)?\/\/([^/?#]*)(.*)$/is;

/**
 * A URL with a path of the side's. One to the upstream's own address loses it: the client has another for the front door. A
 * relative one is read against the client's URL, and needs nothing.
 */
function urlBack(url: string, { back, authorities }: Origin, decision: Decided): string {
  const [, scheme = "", authority, rest = url] = ABSOLUTE.exec(url) ?? [];
  if (!rest.startsWith("/")) return url;
  const end = rest.search(/[?#]/);
  const path = end < 0 ? rest : rest.slice(0, end);
  const known = back.path(path, decision.captures);
  if (known === undefined) return url;
  const changed = known + rest.slice(path.length);
  if (authority === undefined) return changed;
  const lower = authority.toLowerCase();
  if (lower === decision.host.toLowerCase()) return `${scheme}//${authority}${changed}`;
  return authorities.has(lower) ? changed : url;
}

/** `5; url=/path`, as browsers read it. */
function refreshBack(value: string, origin: Origin, decision: Decided): string {
  const parts = /^(\s*[\d.]+\s*[;,]\s*url\s*=\s*["']?)([^"']*)(["']?\s*)$/i.exec(value);
  if (parts === null) return value;
  return `${parts[1]}${urlBack(parts[2] as string, origin, decision)}${parts[3]}`;
}

/** Attributes that say nothing of the side stay as they are. */
function cookieBack(line: string, { back, hosts }: Origin, { captures, host }: Decided): string {
  const [pair = "", ...attributes] = line.split(";");
  const kept = [pair];
  for (const attribute of attributes) {
    const equals = attribute.indexOf("=");
    const name = attribute
      .slice(0, equals < 0 ? undefined : equals)
      .trim()
      .toLowerCase();
    const value = equals < 0 ? "" : attribute.slice(equals + 1).trim();
    if (name === "path") {
      const path = back.cookiePath(value, captures);
      kept.push(path === undefined ? attribute : `${attribute.slice(0, equals)}=${path}`);
    } else if (name === "domain" && isOf(value, hosts)) {
      // A cookie without a Domain is the host's that the client asked. An address or a plain name can be no Domain.
      const own = hostName(host);
      if (/^(?=.*[a-z])[^:]+\.[^:]+$/.test(own)) kept.push(`${attribute.slice(0, equals)}=${own}`);
    } else {
      kept.push(attribute);
    }
  }
  return kept.join(";");
}

/** Whether a cookie's Domain is one of these hosts, or a domain above one. */
function isOf(domain: string, hosts: readonly string[]): boolean {
  const bare = (domain.startsWith(".") ? domain.slice(1) : domain).toLowerCase();
  return bare !== "" && hosts.some((host) => host === bare || host.endsWith(`.${bare}`));
}
