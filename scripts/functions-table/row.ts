/** A request, and what of its event is expected, by payload. */
export interface RequestRow {
  readonly what: string;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Latin1; undefined: none. */
  readonly body: string | undefined;
  readonly one: Expected;
  readonly two: Expected;
  /** Marks of SOURCES. */
  readonly source: string;
}

/** By path in the event (`requestContext.http.path`); undefined: it is not there. `$keys`: the names there, in their order. */
export type Expected = Readonly<Record<string, unknown>>;

/** What a function returns, and what the client gets. */
export interface AnswerRow {
  readonly what: string;
  readonly payload: "1.0" | "2.0";
  /** As the function returns it. */
  readonly returned: string;
  /** 502: it is no answer. */
  readonly status: number;
  /** Names and values, as sent. */
  readonly fields: readonly string[];
  /** Latin1. */
  readonly body: string;
  readonly source: string;
}

/** Where rows are from. */
export const SOURCES: Readonly<Record<string, string>> = {
  LS: "recorded against the service by an open-source emulator's tests (REST APIs)",
  REST: 'developer guide, "Lambda proxy integrations in API Gateway" (input and output format, payload 1.0)',
  HTTP: 'developer guide, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway" (payload 2.0)',
  own: "fig's own, on purpose: see the list above the tables",
};

/** What stands at a path of an event. */
export function at(event: unknown, path: string): unknown {
  let value = event;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = name === "$keys" ? Object.keys(value).sort() : (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The paths at which an event is another than expected. */
export function differing(event: unknown, expected: Expected): readonly string[] {
  return Object.keys(expected).filter((path) => textOf(at(event, path)) !== textOf(expected[path]));
}

/** JSON with the names of objects in order; undefined: `absent`. */
export function textOf(value: unknown): string {
  if (value === undefined) return "absent";
  return JSON.stringify(value, (_name, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
