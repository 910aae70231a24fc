import { KINDS, type Plants } from "./secret-plants.ts";

const MANY = 80;

/** Files that are wrong in each line, with credentials where none belong: a route for each few kinds, from the kind `turn` on. */
export function brokenFiles(plants: Plants, turn: number): { readonly fig: string; readonly routes: string } {
  const kind = (at: number) => KINDS[(turn + at) % KINDS.length] as (typeof KINDS)[number];
  const line = (at: number, place: string) => kind(at).line(plants.mark(`${place} of a file`, kind(at).kind));
  const pair = (at: number, place: string) => kind(at).pair(plants.mark(`${place} of a file`, kind(at).kind));
  const routes = Array.from({ length: MANY }, (_, i) => ({
    id: `r${i}`,
    match: {
      path: `/x;${pair(7 * i, "a path")}/{y`,
      [line(7 * i + 1, "an unknown key")]: 1,
      methods: [line(7 * i + 2, "a method")],
    },
    legacy: line(7 * i + 3, "an upstream's name"),
    modern: "modern",
    start: { modern: line(7 * i + 4, "a number") },
    compare: { headers: [line(7 * i + 5, "a header's name")] },
    shadow: line(7 * i + 6, "a mapping"),
  }));
  const upstreams = Object.fromEntries(
    Array.from({ length: MANY }, (_, i) => [
      line(3 * i, "an upstream's own name"),
      { urls: [`http://127.0.0.1:1/?${pair(3 * i + 1, "a URL")}`, line(3 * i + 2, "what is no URL")] },
    ]),
  );
  const keys = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [line(i, "a key of fig.yaml"), 1]));
  const state = `redis://user:${plants.mark("a state's password")}@ h`;
  // JSON is YAML.
  return {
    fig: JSON.stringify({ upstreams: { ...upstreams, modern: "http://127.0.0.1:1" }, state, ...keys }),
    routes: JSON.stringify({ routes }, null, 1),
  };
}

/** What is no YAML. */
export function unreadableFile(plants: Plants): string {
  const pair = `password=${plants.mark("a file that is no YAML")}`;
  return `routes:\n  - { id: [${pair}], match: { path: /x[${pair}] }, modern: "${pair}\n  ${pair}: ${pair}: *${pair}\n`;
}
