/** A `redis:` or `rediss:` state URL, read. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** What every key begins with; ends with a colon. */
  readonly prefix: string;
  /** PEM files: of the authority that signed the server's certificate, and of the client's own certificate and key. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The name the server's certificate must have, where it is not `host`. */
  readonly servername: string | undefined;
  /** Where a front door keeps the last known positions. */
  readonly copy: string | undefined;
}

/** What is wrong with a state URL, and what would be right. Neither ever holds a part of it: it may hold a password. */
interface StateUrlProblem {
  readonly wrong: string;
  readonly remedy: string;
}

const FORM =
  "write redis://[user:password@]host[:port][/database], with ?prefix=NAME if several fleets share it";
const DEFAULT_PORT = 6379;
const DEFAULT_PREFIX = "fig";
const TLS_ONLY = ["ca", "cert", "key", "servername"];
const PARAMETERS = ["prefix", "copy", ...TLS_ONLY];
/** Those that name files. */
const REDIS_FILES = ["ca", "cert", "key", "copy"] as const;

function wrong(what: string, remedy = FORM): StateUrlProblem {
  return { wrong: what, remedy };
}

/** A password may come as it is from a variable: what is no valid percent-encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readQuery(query: string, tls: boolean): Map<string, string> | StateUrlProblem {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!PARAMETERS.includes(name))
      return wrong("the redis URL has an unknown parameter", `the parameters are ${PARAMETERS.join(", ")}`);
    if (given.has(name)) return wrong(`the redis URL has \`${name}\` twice`, "keep one of them");
    if (value === "" || value.includes("\0")) return wrong(`\`${name}\` in the redis URL has no value`);
    if (!tls && TLS_ONLY.includes(name))
      return wrong(`\`${name}\` goes with TLS only`, "write rediss:// (with two s), or leave it out");
    given.set(name, value);
  }
  if (given.has("cert") !== given.has("key"))
    return wrong("a client certificate needs both `cert` and `key`", "name the PEM file of each");
  return given;
}

/** Reads a state URL of Redis. Everything up to the last `@` before the host is user and password. */
export function readRedisUrl(url: string): RedisAddress | StateUrlProblem {
  const found =
    /^(rediss?):\/\/(?:(.*)@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(?:\/(\d{0,5}))?(?:\?([^#]*))?$/s.exec(
      url,
    );
  if (found === null) return wrong("the redis URL cannot be read");
  const [, scheme, user, host = "", port, database, query = ""] = found;
  const tls = scheme === "rediss";
  const parameters = readQuery(query, tls);
  if ("wrong" in parameters) return parameters;
  const portNumber = Number(port ?? DEFAULT_PORT);
  if (portNumber < 1 || portNumber > 65_535) return wrong("the redis URL has an invalid port");
  const prefix = parameters.get("prefix") ?? DEFAULT_PREFIX;
  if (!/^[A-Za-z0-9:._/-]{1,64}$/.test(prefix))
    return wrong(
      "the key prefix in the redis URL is invalid",
      "write 1 to 64 letters, digits and : . _ / -, like prefix=shop",
    );
  const colon = user?.indexOf(":") ?? -1;
  const [name, password] =
    user === undefined ? [] : colon < 0 ? [user] : [user.slice(0, colon), user.slice(colon + 1)];
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: portNumber,
    tls,
    username: name === undefined || name === "" ? undefined : decoded(name),
    password: password === undefined || password === "" ? undefined : decoded(password),
    database: Number(database ?? 0),
    // A colon at the end of a plain YAML value would make it a mapping: nobody has to write it.
    prefix: prefix.endsWith(":") ? prefix : `${prefix}:`,
    ca: parameters.get("ca"),
    cert: parameters.get("cert"),
    key: parameters.get("key"),
    servername: parameters.get("servername"),
    copy: parameters.get("copy"),
  };
}

export const STATE_LIKE = "write sqlite:PATH, like sqlite:.fig/state.db, redis://HOST:6379/0 or memory:";

/** What is wrong with a state URL of whatever kind; undefined: nothing. */
export function stateUrlProblem(url: string): StateUrlProblem | undefined {
  if (url === "memory:" || /^sqlite:./.test(url)) return undefined;
  if (!/^rediss?:/.test(url)) return wrong("the state URL has an unknown scheme", STATE_LIKE);
  const address = readRedisUrl(url);
  return "wrong" in address ? address : undefined;
}

/** A state URL as it may be shown: without user and password. */
export function shownState(url: string): string {
  return url.replace(/^(rediss?:\/\/)(?:.*@)?/s, "$1");
}

/** Makes the files that a state URL names absolute. */
export function withFiles(url: string, resolve: (path: string) => string): string {
  if (url.startsWith("sqlite:")) return `sqlite:${resolve(url.slice("sqlite:".length))}`;
  const question = url.indexOf("?", url.lastIndexOf("@") + 1);
  if (!/^rediss?:/.test(url) || question < 0) return url;
  const parameters = new URLSearchParams(url.slice(question + 1));
  for (const name of REDIS_FILES) {
    const path = parameters.get(name);
    if (path !== null) parameters.set(name, resolve(path));
  }
  return `${url.slice(0, question)}?${parameters}`;
}
