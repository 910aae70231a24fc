import type { Span } from "./span.ts";

/**
 * Credentials by their form: what the makers of keys and tokens put in front of them, so that they are found when they leak. Each is
 * looked for where a word begins and by a pattern that stops after a few characters where it does not fit: linear in the text.
 */

const ALNUM = "[A-Za-z0-9]";
const WORD = "[\\w-]";
const HEX = "[0-9a-fA-F]";

/** Prefixes, and how many characters of which kind follow at least. */
const PREFIXES: readonly (readonly [prefixes: string, rest: string])[] = [
  // Code hosts, registries, and what builds and deploys.
  ["ghp_ gho_ ghu_ ghs_ ghr_ npm_ nfp_ sbp_ rdme_ pnu_ gsk_ hf_ bkua_ rnd_", `${ALNUM}{16,}`],
  ["github_pat_ glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- glimt-", `${WORD}{16,}`],
  ["pypi-AgEI rubygems_ dckr_pat_ CCIPAT_ CLOJARS_ ATATT3x ATCTT3x ATBB AKCp oy2", `${WORD}{20,}`],
  ["pul- HRKU- glsa_ glc_ sgp_ ops_ ory_at_ NRAK- PMAK- vcp_ vci_ vca_ vcr_ vck_ fo1_", `${WORD}{20,}`],
  ["tskey-", `${WORD}{16,}`],
  ["fm1r_ fm1a_ fm2_ essu_", "[\\w+/-]{20,}={0,2}"],
  // Vault's before `hvs.`. Digits tell them from a script's names.
  ["s.", `(?=[A-Za-z]{0,23}\\d)${ALNUM}{24}(?!${ALNUM})`],
  ["b.AAAAAQ", `${WORD}{40,}`],
  ["sntrys_ sntryu_ pscale_tkn_ pscale_pw_ pscale_oauth_ dt0c01. dt0s16. hvs. hvb. hvr.", "[\\w.-]{16,}"],
  ["dp.pt. dp.st. dp.ct. dp.sa.", "[\\w.-]{16,}"],
  // The front door's own API keys.
  ["fig_", `${HEX}{12}_${HEX}{16,}`],
  // Clouds.
  ["AKIA ASIA AROA AIDA AGPA ABIA ACCA ANPA ANVA AIPA APKA", "[A-Z0-9]{16,}"],
  ["AIza GOCSPX- ya29. LTAI dop_v1_ doo_v1_ dor_v1_ tfp_", "[\\w-]{16,}"],
  ["dapi", `${HEX}{32,}`],
  ["1//0", `${WORD}{20,}`],
  // Talk, mail, shops, money.
  ["xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxe.xox xoxc- xoxd- xapp-", "[\\w.-]{10,}"],
  ["sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_ rzp_live_ rzp_test_ whsec_", "[\\w+/=-]{10,}"],
  [
    "shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- EAAA duffel_live_ duffel_test_ FLWSECK- FLWSECK_TEST-",
    `${WORD}{20,}`,
  ],
  ["SG. xkeysib- shippo_live_ shippo_test_ EZAK EZTK CFPAT- lin_api_ lin_oauth_ figd_ aio_", "[\\w.-]{20,}"],
  ["secret_ ntn_ phx_ phs_ phc_", `${ALNUM}{30,}`],
  ["re_", `(?:${ALNUM}{6,12}_${ALNUM}{16,}|${ALNUM}{24,})`],
  ["pat-", `[a-z]{2}\\d{1,2}-${WORD}{20,}`],
  ["pat", `${ALNUM}{14}\\.${HEX}{32,}`],
  ["sb_secret_ sb_publishable_", `${WORD}{16,}`],
  // Discord's bots, by the digits of their number in base64, and its users'.
  ["M N O", `${ALNUM}{22,27}\\.${WORD}{6}\\.${WORD}{25,}`],
  ["mfa.", `${WORD}{40,}`],
  // Tickets of CAS.
  ["TGT- PGT- PGTIOU- ST- PT-", "\\d{1,10}-[\\w.-]{16,}"],
  ["key-", `${HEX}{32}`],
  ["SK AC", `${HEX}{32}`],
  ["live_ test_", `${HEX}{35,}`],
  // Models.
  [
    "sk-proj- sk-ant- sk-or- sk-lf- sk-svcacct- sk-admin- nvapi- lsv2_pt_ lsv2_sk_ pplx- xai-",
    `${WORD}{20,}`,
  ],
  ["sk- r8_", `${ALNUM}{20,}`],
  // Formats.
  ["AGE-SECRET-KEY-1", `${ALNUM}{20,}`],
  ["secret-token:", "[\\w.~%+/=-]{4,}"],
  ["v1.local. v2.local. v3.local. v4.local. v1.public. v2.public. v3.public. v4.public.", "[\\w.-]{20,}"],
  ["Fe26.2*", "[\\w.*-]{10,}"],
  ["s:", "[\\w-]{16,}\\.[\\w+/=-]{20,}"],
  [
    "pbkdf2_sha256$ pbkdf2_sha1$ pbkdf2: scrypt: scrypt$ bcrypt$ bcrypt_sha256$ argon2$ sha1$ md5$",
    "[\\w$./+=:,-]{20,}",
  ],
  ["otpauth://", "[^\\s\"'<>]{4,}"],
  ["hooks.slack.com/", "(?:services|workflows|triggers)/[\\w/-]{10,}"],
  ["discord.com/api/webhooks/ discordapp.com/api/webhooks/", "[\\w/-]{10,}"],
  // A key or certificate in DER, as base64 writes it.
  ["MII", "[A-Za-z0-9+/=]{60,}"],
  ["b3BlbnNzaC1rZXk", "[A-Za-z0-9+/=]{20,}"],
];

const escaped = (text: string) => text.replaceAll(/[.*+?^$()|{}[\]]/g, "\\$&");

/** By the first character. `flag` "i": of a text whose case was lost, which is in lower case. */
function patternsByFirst(flag: "" | "i"): ReadonlyMap<number, RegExp> {
  const sources = new Map<number, string[]>();
  const add = (first: string, source: string) => {
    const code = (flag === "i" ? first.toLowerCase() : first).charCodeAt(0);
    sources.set(code, [...(sources.get(code) ?? []), source]);
  };
  for (const [prefixes, rest] of PREFIXES) {
    for (const prefix of prefixes.split(" ")) add(prefix, escaped(prefix) + rest);
  }
  // Schemes that are words too: what follows has to look like a token.
  for (const scheme of ["token", "Token", "ApiKey", "Apikey", "apikey"])
    add(scheme, `${scheme}[ +][\\w.+/=-]{20,}`);
  for (const digit of "0123456789") {
    add(digit, `\\d{5,12}:AA${WORD}{30,}`);
    add(digit, `${HEX}{32}-us\\d{1,2}(?!${ALNUM})`);
  }
  for (const letter of "abcdef") add(letter, `${HEX}{32}-us\\d{1,2}(?!${ALNUM})`);
  return new Map([...sources].map(([first, each]) => [first, new RegExp(each.join("|"), `y${flag}`)]));
}

const BY_FIRST = patternsByFirst("");
const BY_FIRST_LOWERED = patternsByFirst("i");

const isAlnum = (code: number) =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);

/** Hashes as crypt(3), phpass, Drupal and LDAP write them: `$2b$12$…`, `$P$B…`, `$S$D…`, `{SSHA}…`. */
const HASH =
  /\$(?:2[abxy]?|argon2(?:i|d|id)|scrypt|pbkdf2(?:-\w{1,16})?|[1567y]|7|sha1|md5)\$[\w$./+=,-]{8,}|\$[phs]\$[\w./]{27,}|\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2|ARGON2|bcrypt|scrypt|noop)\}[\w$./+=,-]{4,}/gi;
const HASH_BEGINS = /[${]/;
const TERRAFORM = ".atlasv1.";
const TERRAFORM_BEFORE = 14;
const TOKEN_END = /[\w.-]*/y;
const BASE64URL = /[\w-]*/y;
const MIN_HEADER_CHARS = 7;
const PUTTY = "PuTTY-User-Key-File-";
const PEM_BEGINS = ["-----BEGIN", "---- BEGIN"] as const;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.exec(text);
  return pattern.lastIndex;
}

/** So many words at the end of what was found may begin another credential, which goes on behind it. */
const WORDS_WITHIN = 8;

function prefixSpans(text: string, spans: Span[], byFirst = BY_FIRST): void {
  let end = 0;
  // What was found is looked into at its end alone: a text of prefixes would be read to its end from each of them.
  let within: number[] = [];
  const find = (index: number) => {
    const pattern = byFirst.get(text.charCodeAt(index));
    if (pattern === undefined) return;
    pattern.lastIndex = index;
    if (!pattern.test(text) || pattern.lastIndex <= end) return;
    end = pattern.lastIndex;
    spans.push([index, end]);
  };
  let inWord = false;
  for (let index = 0; index < text.length; index++) {
    const begins = !inWord;
    inWord = isAlnum(text.charCodeAt(index));
    if (!inWord || !begins) continue;
    if (index < end) {
      within.push(index);
      continue;
    }
    if (within.length > 0) {
      // `whsec_…/SG.…`: the first took the beginning of the second for its own.
      for (const start of within.slice(-WORDS_WITHIN)) find(start);
      within = [];
    }
    if (index >= end) find(index);
    else within.push(index);
  }
  for (const start of within.slice(-WORDS_WITHIN)) find(start);
}

/** Whole blocks, with what says what they are; one that does not end takes all that follows. */
function pemSpans(text: string, spans: Span[]): void {
  for (const begin of PEM_BEGINS) {
    let start = text.indexOf(begin);
    while (start >= 0) {
      const last = text.indexOf(begin.replace("BEGIN", "END"), start);
      const close = last < 0 ? -1 : text.indexOf("----", last + begin.length);
      const end = close < 0 ? text.length : close + "----".length;
      spans.push([start, end]);
      start = text.indexOf(begin, end);
    }
  }
}

/** JSON Web Tokens: base64url of `{"`, a dot, then more parts (RFC 7519, 7516). */
function webTokenSpans(text: string, spans: Span[], begin = "eyJ"): void {
  let start = text.indexOf(begin);
  while (start >= 0) {
    let end = endOf(BASE64URL, text, start);
    if (text[end] === "." && end - start >= MIN_HEADER_CHARS) {
      end = endOf(TOKEN_END, text, end);
      spans.push([start, end]);
    }
    start = text.indexOf(begin, end);
  }
}

/** Whether a name in lower case, as fields of HTTP are told, was a credential by its form before: `akia…`. */
export function isLoweredSecret(name: string): boolean {
  const spans: Span[] = [];
  prefixSpans(name, spans, BY_FIRST_LOWERED);
  webTokenSpans(name, spans, "eyj");
  return spans.length > 0;
}

/** Where `text` holds what is a credential by its form. Not ordered. */
export function shapeSpans(text: string): Span[] {
  const spans: Span[] = [];
  prefixSpans(text, spans);
  pemSpans(text, spans);
  webTokenSpans(text, spans);
  if (HASH_BEGINS.test(text))
    for (const match of text.matchAll(HASH)) spans.push([match.index, match.index + match[0].length]);
  for (let at = text.indexOf(TERRAFORM); at >= 0; ) {
    const end = endOf(TOKEN_END, text, at);
    spans.push([Math.max(0, at - TERRAFORM_BEFORE), end]);
    at = text.indexOf(TERRAFORM, end);
  }
  const putty = text.indexOf(PUTTY);
  if (putty >= 0) spans.push([putty, text.length]);
  return spans;
}
