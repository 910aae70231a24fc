/**
 * Which names stand for credentials: one answer for the log, for stored samples and for whatever else is shown.
 * A name is judged by its words, so that `apiKey`, `API_KEY`, `x-api-key` and `user[api%5Fkey]` are one, and `tokenize`
 * is not `token`. Rather too much is hidden than too little. Every step is linear: names are other people's to choose.
 */

const list = (words: string) => words.split(" ");

/** Two words that name a credential together, by the second. */
const PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    key:
      "access account activation admin aes api app application auth client consumer decryption deploy developer encryption function " +
      "functions gpg integration license machine master pgp preshared private publishable recovery root rsa secret server service " +
      "session shared signing ssh storage subscription unlock validation vault wallet webhook write",
    code:
      "access activation auth backup challenge device factor fa invitation invite login magic mfa pairing pass pin recovery reset " +
      "security sms unlock user verification verify",
    word: "memorable pass",
    phrase: "pass recovery secret seed",
    verifier: "code oauth",
    challenge: "code",
    info: "authentication",
    response: "captcha hcaptcha recaptcha saml turnstile",
    request: "saml signed",
    art: "saml",
    answer: "secret security",
    link: "magic reset",
    number: "pin",
    hash: "pin activation invite login magic recovery reset verification",
    me: "remember",
    logged: "wordpress",
    sec: "wordpress",
    pem: "private key",
    cert: "client",
    pat: "ado azdo azure devops gh ghcr git github gitea gitlab jira",
    sas: "account azure blob container storage",
    sandi: "kata",
    rsa: "id",
    seed: "master wallet",
    string: "conn connection",
    ticket: "auth granting login proxy service",
    passe: "de",
    data: "attestation",
  }).map(([second, firsts]) => [second, new Set(list(firsts))]),
);
const GLUED: readonly string[] = [...PAIRS].flatMap(([second, firsts]) =>
  [...firsts].filter((first) => first.length > 2).map((first) => first + second),
);
/** A credential wherever the word stands, also at the end of a longer one: `csrfmiddlewaretoken`, `PHPSESSID`. */
const ENDINGS: readonly string[] = [
  ...list(
    "authorisation authorization auth cookie credential csrf jwt nonce otp passwd password passwort pswd pwd secret",
  ),
  ...list(
    "sessid sessionid sessionidsso signature smsession token totp wachtwoord xsrf antiforgery cvv cvc pgpass",
  ),
  ...list(
    // Of languages that put words together: Danish, Finnish, Hungarian, Slovak and Czech, Swedish, Turkish.
    "adgangskode salasana jelszo jelszava heslo losenord sifresi",
  ),
  ...GLUED,
];
const byLetter = (words: readonly string[]) => Map.groupBy(words, (word) => word.at(-1));
const ENDINGS_BY_LETTER = byLetter(ENDINGS);
/** A credential wherever the word stands; other words end like them (`obsession`). */
const WORDS: ReadonlySet<string> = new Set(
  list(
    "bearer hmac session attestation apisid sapisid hsid castgc contrasena cred dockerconfigjson dpop dsn haslo hotp kennwort kubeconfig " +
      "mnemonic motdepasse netrc parola passkey passw privkey psw pword senha wresult wsse xprv",
  ).concat(
    list(
      "adminpass authpass dbpass ftppass loginpass mailpass mypass mysqlpass newpass oldpass rootpass smtppass sqlpass sshpass upass " +
        "userpass wifipass jwe jws mdp sifre",
    ),
  ),
);
/** A credential as the last word: `user[pass]`, `connect.sid`, `client_assertion`. */
const LAST_WORDS: ReadonlySet<string> = new Set(
  list("assertion authentication clave pass pin pw sess sid sig sso"),
);
/** In alphabets that have no case and no camels; where they stand, the name is one. */
const OTHER_ALPHABETS =
  /hasł[oa]|парол|密码|密碼|口令|パスワード|비밀번호|암호|סיסמ|كلمة المرور|κωδικ|รหัสผ่าน|पासवर्ड/i;
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

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** Decodes percent-encoded octets; anything else stays as it is. */
function decoded(name: string): string {
  return name.includes("%") ? withoutPercents(name) : name;
}

/** Without the accents and widths of letters. */
function folded(text: string): string {
  return BEYOND_ASCII.test(text) ? text.normalize("NFKD").replaceAll(/\p{M}/gu, "") : text;
}

function withoutPercents(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // Not UTF-8, or no encoding at all: octet by octet.
  }
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

const FIRST_CHARS = 16;

function isCredential(word: string, before: string): boolean {
  const firsts = PAIRS.get(word);
  if (WORDS.has(word) || firsts?.has(before)) return true;
  // `rapidapi-key`: the first of two words ends another one.
  if (firsts !== undefined && GLUED.some((glued) => `${before.slice(-FIRST_CHARS)}${word}`.endsWith(glued)))
    return true;
  if (word.startsWith("aspsessionid")) return true;
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
  const said = decoded(name);
  if (BEYOND_ASCII.test(said) && OTHER_ALPHABETS.test(said.normalize("NFKC"))) return true;
  const text = folded(said);
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
