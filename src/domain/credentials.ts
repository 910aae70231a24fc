/**
 * Which names stand for credentials: one answer for the log, for stored samples and for whatever else is shown.
 * A name is judged by its words, so that `apiKey`, `API_KEY`, `x-api-key` and `user[api%5Fkey]` are one, and `tokenize`
 * is not `token`. Rather too much is hidden than too little. Every step is linear: names are other people's to choose.
 */

const list = (words: string) => words.split(" ");

/** Two words that name a credential together, by the second. */
const PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "key",
    new Set(
      list(
        "access account api auth consumer encryption master private secret session shared signing subscription",
      ),
    ),
  ],
  ["code", new Set(list("auth device pass"))],
  ["word", new Set(["pass"])],
  ["phrase", new Set(["pass"])],
  ["verifier", new Set(list("code oauth"))],
  ["info", new Set(["authentication"])],
  ["response", new Set(["saml"])],
  ["request", new Set(["saml"])],
  ["art", new Set(["saml"])],
]);
/** A credential wherever the word stands, also at the end of a longer one: `csrfmiddlewaretoken`, `PHPSESSID`. */
const ENDINGS: readonly string[] = [
  ...list(
    "authorization cookie credential csrf jwt nonce otp passwd passwort pwd secret sessid sessionid signature",
  ),
  ...list("token xsrf"),
  ...[...PAIRS].flatMap(([second, firsts]) => [...firsts].map((first) => first + second)),
];
const ENDINGS_BY_LETTER = Map.groupBy(ENDINGS, (word) => word.at(-1));
/** A credential wherever the word stands; other words end like them (`obsession`). */
const WORDS: ReadonlySet<string> = new Set(list("bearer hmac session"));
/** A credential as the last word: `user[pass]`, `connect.sid`, `client_assertion`. */
const LAST_WORDS: ReadonlySet<string> = new Set(
  list("assertion auth authentication oauth pass pin sid sig sso"),
);
/** What a name ends with that says something about a credential and holds none: `token_type`, `sessionCount`. */
const ABOUT: ReadonlySet<string> = new Set(
  list(
    "age alg algorithm at count enabled endpoint expiration expired expires expiry in kind length lifetime limit method " +
      "name policy required size status supported timeout ttl type version",
  ),
);
/**
 * Whole names that are credentials as a URL's parameter, where OAuth and CAS put their grants. Elsewhere they are many other
 * things.
 */
const URL_NAMES: ReadonlySet<string> = new Set(list("code state ticket"));

/** Decodes percent-encoded octets; anything else stays as it is. */
function decoded(name: string): string {
  if (!name.includes("%")) return name;
  return name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const isLower = (code: number) => code >= 0x61 && code <= 0x7a;
const isUpper = (code: number) => code >= 0x41 && code <= 0x5a;

/**
 * The words of a name, in lower case: `AWSAccessKey2` is `aws`, `access`, `key`; all that is no letter parts words.
 * Without `byCase` it is `awsaccesskey`: case is no sure sign of a word's beginning (`PassWord`).
 */
function wordsOf(name: string, byCase: boolean): string[] {
  const words: string[] = [];
  let start = 0;
  let before = 0;
  for (let at = 0; at <= name.length; at++) {
    const code = at < name.length ? name.charCodeAt(at) : 0;
    const isLetter = isLower(code) || isUpper(code);
    const begins = byCase && isUpper(code) && (isLower(before) || isLower(name.charCodeAt(at + 1)));
    if (!isLetter || begins) {
      if (at > start) words.push(name.slice(start, at).toLowerCase());
      start = isLetter ? at : at + 1;
    }
    before = code;
  }
  return words;
}

function isCredential(word: string, before: string): boolean {
  if (WORDS.has(word) || PAIRS.get(word)?.has(before)) return true;
  return ENDINGS_BY_LETTER.get(word.at(-1))?.some((ending) => word.endsWith(ending)) ?? false;
}

function holdCredential(words: readonly string[]): boolean {
  if (LAST_WORDS.has(words.at(-1) as string)) return true;
  let before = "";
  for (const word of words) {
    if (isCredential(word, before) || (word.endsWith("s") && isCredential(word.slice(0, -1), before)))
      return true;
    before = word;
  }
  return false;
}

/**
 * Whether what stands under this name is a credential: of a JSON member, an element, a header, a field of a log line.
 * `name` may be percent-encoded.
 */
export function isCredentialName(name: string): boolean {
  const text = decoded(name);
  const words = wordsOf(text, true);
  const last = words.at(-1);
  if (last === undefined || ABOUT.has(last)) return false;
  return holdCredential(words) || (words.length > 1 && holdCredential(wordsOf(text, false)));
}

/** The same for a parameter of a URL or of a form, where any key and a `code` are credentials too. */
export function isCredentialParameter(name: string): boolean {
  if (isCredentialName(name)) return true;
  const text = decoded(name);
  const uncut = wordsOf(text, false);
  return wordsOf(text, true).at(-1) === "key" || (uncut.length === 1 && URL_NAMES.has(uncut[0] as string));
}

/** Header fields whose value is never shown. `www-authenticate` may be: it asks for credentials and holds none. */
export function isCredentialHeader(name: string): boolean {
  return name.toLowerCase().startsWith("proxy-") || isCredentialName(name);
}
