import { printable } from "../../../src/domain/printable.ts";
import { cell } from "./cell.ts";

/** Where the page is: the part of the address behind `#`, as a path and its query. */
export interface Place {
  /** Decoded segments: `[]` is the overview, `["routes", "orders.read"]` a route. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return {
    // A link may be another's, and what it names is shown.
    path: path
      .split("/")
      .filter(Boolean)
      .map((each) => printable(decoded(each))),
    query: new URLSearchParams(
      [...new URLSearchParams(query)].map(([name, value]) => [name, printable(value)]),
    ),
  };
}

export const place = cell<Place>(read());

addEventListener("hashchange", () => place.set(read()));

/** An address inside the page. Empty values of the query are left out. */
export function href(
  path: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) search.set(key, value);
  const tail = search.size === 0 ? "" : `?${search}`;
  return `#/${path.map(encodeURIComponent).join("/")}${tail}`;
}

/** Changes the query where the page is: what a filter does. Leaves no step in the browser's history. */
export function refine(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = place.get();
  const next = { ...Object.fromEntries(query), ...changes };
  history.replaceState(null, "", href(path, next));
  place.set(read());
}
