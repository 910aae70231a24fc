/** Names whose values are credentials, written without `-`, `_`, `.` and in lower case. */
const WHOLE_NAMES: ReadonlySet<string> = new Set([
  "auth",
  "authentication",
  "authenticationinfo",
  "authorization",
  "bearer",
  "jwt",
  "otp",
  "pass",
  "passcode",
  "pin",
  "pwd",
  "session",
  "sessions",
  "sid",
  "sig",
  "signature",
]);
const ENDINGS =
  /(?:passw(?:or)?ds?|passphrases?|pwd|secrets?|tokens?|apikeys?|(?:access|private|secret|signing|encryption|session|auth)keys?|cookies?|sessionids?|sessid|authorization|credentials?|signature|(?:csrf|xsrf|nonce|jwt))$/;
const MAX_NAME = 256;

/** A name without its punctuation and case: `X-Api_Key` and `xApiKey` are `xapikey`. */
export function plainName(name: string): string {
  return name
    .slice(-MAX_NAME)
    .replace(/[-_.\s[\]]/g, "")
    .toLowerCase();
}

/** Whether what stands under this member, field or parameter name is a credential, whatever the route lists. */
export function isCredentialName(name: string): boolean {
  const short = plainName(name);
  return WHOLE_NAMES.has(short) || ENDINGS.test(short);
}

/** Header fields whose value is never stored. `www-authenticate` may be: it asks for credentials and holds none. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith("proxy-") || isCredentialName(lower);
}
