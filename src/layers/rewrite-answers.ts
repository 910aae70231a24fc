import type { BackendListener } from "../backends/contract.ts";
import { withoutBlanks } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Side } from "../domain/position.ts";
import { askedHost } from "../routing/asked.ts";
import { type Decided, targetOf } from "../routing/decide.ts";
import { type PathBack, pathBack } from "../routing/path-back.ts";
import { hostName } from "../routing/target.ts";
import type { SideLayer } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Where a side's answers come from. */
interface Origin {
  readonly back: PathBack;
  readonly side: Side;
  /** Host and port of the upstream's URLs. */
  readonly authorities: ReadonlySet<string>;
  readonly hosts: readonly string[];
  /** None of those is a name of the kind that a cookie's Domain has: what the upstream calls itself is not known. */
  readonly nameless: boolean;
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
    const upstream = upstreams.get(definition.upstream);
    const urls = (upstream?.kind === "http" ? upstream.urls : []).map(
      // Over a Unix socket the upstream is called so.
      (url) => new URL(url.startsWith("unix:") ? "http://localhost" : url),
    );
    const hosts = urls.map(({ hostname }) => hostname);
    const origin: Origin = {
      back,
      side,
      authorities: new Set(urls.map(({ host }) => host)),
      hosts,
      nameless: !hosts.some(isDomain),
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

/** Browsers read such a path as a host: tabs go, and a backslash is a slash. */
const LIKE_A_HOST = /^\/\t*[/\\]/;

/** Lower-case, without the scheme's own port (RFC 9110 §4.2.3). No scheme: without either's. */
function plainAuthority(authority: string, scheme: string): string {
  const port = { "http:": /:80$/, "https:": /:443$/ }[scheme.toLowerCase()] ?? /:(?:80|443)$/;
  return authority.toLowerCase().replace(port, "");
}

/** A reference without scheme and authority whose path does not begin at the root, in letters that no URL has to encode. */
const RELATIVE = /^(?![a-z][a-z0-9+.-]*:)[!-~]+$/i;
const NOT_RELATIVE = /^[/\\?#]/;

/**
 * A relative reference was written beside the side's path, and is read beside the client's. Where both lead to the same
 * place it stays as it came.
 */
function relativeBack(reference: string, { back, side }: Origin, decision: Decided): string {
  const meant = URL.parse(reference, `http://side${targetOf(decision, side)}`);
  const read = URL.parse(reference, `http://side${decision.path}`);
  if (meant === null || read === null) return reference;
  const known = back.path(meant.pathname, decision.captures);
  if (known === undefined || known === read.pathname) return reference;
  return local(known + meant.search + meant.hash);
}

/** Which no client takes for another host's. */
function local(path: string): string {
  return LIKE_A_HOST.test(path) ? `/.${path}` : path;
}

/** A URL with a path of the side's. One to the upstream's own address loses it: the client has another for the front door. */
function urlBack(url: string, origin: Origin, decision: Decided): string {
  const { back, authorities } = origin;
  if (RELATIVE.test(url) && !NOT_RELATIVE.test(url)) return relativeBack(url, origin, decision);
  const [, scheme = "", authority, rest = url] = ABSOLUTE.exec(url) ?? [];
  if (!rest.startsWith("/")) return url;
  const end = rest.search(/[?#]/);
  const path = end < 0 ? rest : rest.slice(0, end);
  const known = back.path(path, decision.captures);
  if (known === undefined) return url;
  const changed = known + rest.slice(path.length);
  if (authority === undefined) return local(changed);
  const named = plainAuthority(authority, scheme);
  const isAsked = (host: string) => named === plainAuthority(host, scheme);
  if (isAsked(askedHost(decision)) || isAsked(decision.host)) return `${scheme}//${authority}${changed}`;
  return authorities.has(named) ? local(changed) : url;
}

function past(text: string, from: number, chars: string): number {
  let at = from;
  while (at < text.length && chars.includes(text[at] as string)) at++;
  return at;
}

const BLANKS = " \t";

/** Where the URL of a Refresh stands, as browsers read it: `5; url=/path`, `5,/path`, `0; url="/path"`. Undefined: nowhere. */
function refreshUrl(value: string): readonly [from: number, to: number] | undefined {
  const time = past(value, 0, BLANKS);
  const timed = past(value, time, "0123456789.");
  const parted = past(value, timed, BLANKS);
  let from = past(value, ";,".includes(value[parted] ?? " ") ? parted + 1 : parted, BLANKS);
  if (timed === time || from === timed) return undefined;
  if (value.slice(from, from + 3).toLowerCase() === "url") {
    const equals = past(value, from + 3, BLANKS);
    if (value[equals] === "=") from = past(value, equals + 1, BLANKS);
  }
  const quote = value[from];
  if (quote !== '"' && quote !== "'") return [from, value.length];
  const to = value.indexOf(quote, from + 1);
  return [from + 1, to < 0 ? value.length : to];
}

function refreshBack(value: string, origin: Origin, decision: Decided): string {
  const place = refreshUrl(value);
  if (place === undefined) return value;
  const url = value.slice(...place);
  const changed = urlBack(url, origin, decision);
  if (changed === url) return value;
  // A quote would end the URL.
  const quoted = changed.replace(/["']/g, (quote) => (quote === '"' ? "%22" : "%27"));
  return value.slice(0, place[0]) + quoted + value.slice(place[1]);
}

/** Attributes that say nothing of the side stay as they are. */
function cookieBack(line: string, { back, hosts, nameless }: Origin, decision: Decided): string {
  const own = hostName(askedHost(decision));
  const [pair = "", ...attributes] = line.split(";");
  const kept = [pair];
  for (const attribute of attributes) {
    const equals = attribute.indexOf("=");
    const name = attribute
      .slice(0, equals < 0 ? undefined : equals)
      .trim()
      .toLowerCase();
    const value = equals < 0 ? "" : withoutBlanks(attribute.slice(equals + 1));
    if (name === "path" && value.startsWith("/")) {
      const path = back.cookiePath(value, decision.captures);
      // What was captured may have a `;`, which would begin an attribute.
      const usable = path !== undefined && !path.includes(";");
      kept.push(usable ? `${attribute.slice(0, equals)}=${path}` : attribute);
    } else if (name === "domain" && value !== "" && (nameless || isOf(value, hosts)) && !isOf(value, [own])) {
      // No client takes a Domain that its host is not in. Without one a cookie is that host's. An address can be no Domain.
      if (isDomain(own)) kept.push(`${attribute.slice(0, equals)}=${own}`);
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

/** Whether a host's name can be a cookie's Domain: it has a letter and a dot, and nothing that no name has (a Host may: `;`). */
function isDomain(host: string): boolean {
  return host.includes(".") && /[a-z]/.test(host) && !/[^a-z0-9._-]/.test(host);
}
