/** One parameter of a query, as WHATWG URL's urlencoded parser finds it: pairs between `&`, percent-decoded, `+` for a blank. */

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function split(target: string): readonly [path: string, pairs: readonly string[]] {
  const at = target.indexOf("?");
  return at < 0 ? [target, []] : [target.slice(0, at), target.slice(at + 1).split("&")];
}

function nameOf(pair: string): string {
  const at = pair.indexOf("=");
  return decoded(at < 0 ? pair : pair.slice(0, at));
}

/** The values of every parameter of this name; empty ones are none. */
export function parameterOf(target: string, name: string): readonly string[] {
  return split(target)[1]
    .filter((pair) => pair.includes("=") && nameOf(pair) === name)
    .map((pair) => decoded(pair.slice(pair.indexOf("=") + 1)))
    .filter((value) => value !== "");
}

/** The target without the parameters of this name. The others stay as they were sent. */
export function withoutParameter(target: string, name: string): string {
  const [path, pairs] = split(target);
  const kept = pairs.filter((pair) => nameOf(pair) !== name);
  if (kept.length === pairs.length) return target;
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}
