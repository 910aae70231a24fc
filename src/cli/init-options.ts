import { InvalidArgumentError } from "commander";
import { meantTemplate } from "../config/index.ts";
import { templateOf } from "../routing/index.ts";
import { INIT_ADMIN } from "./init-files.ts";

/** What the flags said. The rest is asked for on a terminal; elsewhere it comes from INIT_DEFAULTS. */
export interface InitOptions {
  readonly dir?: string;
  readonly legacy?: string;
  readonly modern?: string;
  readonly path?: string;
  readonly route?: string;
  readonly listen?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** An upstream's URL: an origin without a path. */
export function originOption(text: string): string {
  const url = URL.parse(text);
  const wanted = "an http URL without a path is needed, e.g. http://127.0.0.1:3000.";
  if (url === null || url.protocol !== "http:") throw new InvalidArgumentError(wanted);
  const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (!bare) throw new InvalidArgumentError(wanted);
  return url.origin;
}

export function pathOption(text: string): string {
  if (!/^(\/([A-Za-z0-9_.~!$&'()*+,;=:@%-]*|\{[A-Za-z_][A-Za-z0-9_]*\+?\}))+$/.test(text))
    throw new InvalidArgumentError("a path is needed, e.g. /api/orders/{id} or /shop/{rest+}.");
  const meant = meantTemplate(text);
  if (meant !== undefined)
    throw new InvalidArgumentError(`write ${meant} for a capture, or %3A and %2A for a literal : and *.`);
  // Nothing is written that would not pass.
  const template = templateOf(text);
  if ("problem" in template) throw new InvalidArgumentError(`${template.problem}: ${template.remedy}.`);
  return text;
}

export function routeOption(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text))
    throw new InvalidArgumentError("use letters, digits, dots, dashes and underscores, e.g. orders.read.");
  return text;
}

export function listenOption(text: string): string {
  const [, port] = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError("an address is needed, e.g. 127.0.0.1:8080 or 0.0.0.0:80.");
  if (text === INIT_ADMIN)
    throw new InvalidArgumentError(
      "the admin API and the dashboard will be there: give clients another port.",
    );
  return text;
}
