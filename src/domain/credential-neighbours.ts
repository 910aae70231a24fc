import { isCredentialName } from "./credentials.ts";

/** Credentials by what stands beside them: `{"name": "password", "value": "x"}`, `["authorization", "x"]`, a private key's `d`. */

const list = (words: string) => new Set(words.split(" "));
const NAMING = list(
  "name key field fieldname id label param parameter property prop header attribute attr variable var k n for itemprop " +
    "autocomplete placeholder type",
);
const VALUED = list(
  "value values val v text content contents data default defaultvalue initialvalue current currentvalue stringvalue raw rawvalue " +
    "answer string input",
);
const MAX_NAME_CHARS = 64;
/** Members of a JSON Web Key that are private (RFC 7518 §6). */
const PRIVATE_OF_KEYS = list("d p q dp dq qi oth k");

const normal = (name: string) => (name.length > 16 ? "" : name.toLowerCase().replaceAll(/[^a-z]/g, ""));

/** Names come again in every object. So many are remembered; they are forgotten together. */
const MAX_KNOWN_NAMES = 1024;
const naming = new Map<string, boolean>();

/** Whether what stands under this name says what another member's value is. */
export function isNamingName(name: string): boolean {
  if (name.length > 16) return false;
  let is = naming.get(name);
  if (is === undefined) {
    is = NAMING.has(normal(name));
    if (naming.size >= MAX_KNOWN_NAMES) naming.clear();
    naming.set(name, is);
  }
  return is;
}

/** Whether what stands under this name is the value of what another member names. */
export function isValueName(name: string): boolean {
  return VALUED.has(normal(name));
}

/** Whether a member of a JSON Web Key is private. */
export function isPrivateOfKey(name: string): boolean {
  return PRIVATE_OF_KEYS.has(name);
}

/** Whether a text is a credential's name, and no sentence that speaks of one. */
export function isCompactCredentialName(text: string): boolean {
  return text.length <= MAX_NAME_CHARS && !/\s\S+\s/.test(text) && isCredentialName(text);
}

const KEY_TYPE = "kty";

/** Whether the value under this name may say which of its neighbours are credentials. No other value does. */
export function mayTellOfNeighbours(name: string): boolean {
  return name === KEY_TYPE || isNamingName(name);
}

/** Names of those members of an object that are credentials by the others; undefined: none are. */
export function tellingNeighbours(
  members: Iterable<readonly [name: string, value: unknown]>,
): ((name: string) => boolean) | undefined {
  let names = false;
  let isKey = false;
  for (const [name, value] of members) {
    if (typeof value !== "string") continue;
    if (name === KEY_TYPE) isKey = true;
    else if (value.length <= MAX_NAME_CHARS && isNamingName(name) && isCompactCredentialName(value))
      names = true;
  }
  if (!names && !isKey) return undefined;
  return (name) => (names && isValueName(name)) || (isKey && isPrivateOfKey(name));
}

/** Whether the element at `at` is a credential by the one before it: a list of names and values, as Node's raw headers are. */
export function isNamedElement(values: readonly unknown[], at: number): boolean {
  if (at % 2 === 0 || values.length % 2 !== 0) return false;
  const name = values[at - 1];
  return typeof name === "string" && isCompactCredentialName(name);
}

/** Whether any element of a list is one. */
export function hasNamedElement(values: readonly unknown[]): boolean {
  if (values.length % 2 !== 0) return false;
  for (let at = 1; at < values.length; at += 2) if (isNamedElement(values, at)) return true;
  return false;
}
