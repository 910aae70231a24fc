/**
 * Keeps credentials out of log lines. A name is judged without its punctuation and case, so that `api_key`, `apiKey`,
 * `X-Api-Key` and `user[api-key]` are one. Rather too much is hidden than too little.
 */
export const REDACTED = "[redacted]";

/** Anywhere in a name. */
const NAME_PARTS =
  /token|passw|passphrase|secret|signature|credential|session|jwt|oauth|bearer|authoriz|authkey|samlre|apikey|privatekey|otp$|key$/;
/** The whole name. */
const NAMES = new Set(
  "auth code authcode sig sid sso pass pwd pin key hmac ticket assertion nonce cookie csrf xsrf".split(" "),
);
/** A JSON Web Token wherever it stands: base64url of `{"`, then two more parts (RFC 7519). */
const JSON_WEB_TOKEN = /eyJ[\w-]{4,}\.[\w-]*\.?[\w-]*/g;

/** Whether a query parameter, form field or header of this name is taken for a credential. `name` may be percent-encoded. */
export function isCredentialName(name: string): boolean {
  const decoded = name.includes("%")
    ? name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : name;
  const bare = decoded.toLowerCase().replace(/[^a-z0-9]/g, "");
  return NAMES.has(bare) || NAME_PARTS.test(bare);
}

/** `;` separates pairs for some servers and is a plain character for others: what follows a credential goes with it. */
function redactPair(pair: string): string {
  const equals = pair.indexOf("=");
  if (equals < 0) return pair;
  if (isCredentialName(pair.slice(0, equals))) return `${pair.slice(0, equals + 1)}${REDACTED}`;
  const next = pair.indexOf(";", equals);
  return next < 0 ? pair : `${pair.slice(0, next + 1)}${redactPair(pair.slice(next + 1))}`;
}

function redactPath(path: string): string {
  const semicolon = path.indexOf(";");
  if (semicolon < 0) return path;
  return path
    .split("/")
    .map((segment) =>
      segment
        .split(";")
        .map((part, i) => (i === 0 ? part : redactPair(part)))
        .join(";"),
    )
    .join("/");
}

/**
 * A request target (or URL) that may be logged: user and password, path parameters and query values that look like
 * credentials, and JSON Web Tokens are replaced by `[redacted]`; everything else stays byte for byte.
 */
export function redactTarget(target: string): string {
  let text = target;
  if (text.includes("eyJ")) text = text.replace(JSON_WEB_TOKEN, REDACTED);
  if (text.includes("@")) text = text.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, `$1//${REDACTED}@`);
  const query = text.indexOf("?");
  if (query < 0) return redactPath(text);
  return `${redactPath(text.slice(0, query))}?${text
    .slice(query + 1)
    .split(/(?<=[&#])/)
    .map(redactKeepingEnd)
    .join("")}`;
}

function redactKeepingEnd(pair: string): string {
  const end = pair.at(-1);
  if (end !== "&" && end !== "#") return redactPair(pair);
  return `${redactPair(pair.slice(0, -1))}${end}`;
}

/** A value inside free text or JSON: up to a space, quote or `&`; JSON escapes belong to it. */
const VALUE = String.raw`(?:[^&\s"'<>\\]|\\\\|\\/|\\u[0-9a-fA-F]{4})*`;
const PAIR_IN_TEXT = new RegExp(String.raw`([?&;])([^=&;?\s"'<>\\]{1,100})=(${VALUE})`, "g");
const USER_IN_TEXT = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>@]*@/gi;
const SCHEME_IN_TEXT = /\b(bearer|basic|digest|negotiate)\s+[\w+/=.~-]{4,}/gi;
const JSON_FIELD = /"([^"\\]{1,100})":"(?:[^"\\]|\\.)*"/g;

/** The same for a whole log line: URLs, `Bearer ...` and JSON fields with a credential's name, wherever they stand. */
export function redactLine(line: string): string {
  return line
    .replace(JSON_FIELD, (field, name: string) => (isSecretField(name) ? `"${name}":"${REDACTED}"` : field))
    .replace(PAIR_IN_TEXT, (pair, mark: string, name: string) =>
      isCredentialName(name) ? `${mark}${name}=${REDACTED}` : pair,
    )
    .replace(USER_IN_TEXT, `$1${REDACTED}@`)
    .replace(SCHEME_IN_TEXT, `$1 ${REDACTED}`)
    .replace(JSON_WEB_TOKEN, REDACTED);
}

/** Our own fields `code` and `key` say error codes and sticky sources, not secrets. */
function isSecretField(name: string): boolean {
  return name !== "code" && name !== "key" && name !== "keySource" && isCredentialName(name);
}
