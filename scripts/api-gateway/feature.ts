/** One named feature of Amazon API Gateway. */
export interface Feature {
  readonly feature: string;
  readonly kinds: readonly ("REST" | "HTTP" | "WebSocket")[];
  /** What fig has; without a proof why not, or "not built". */
  readonly ours: string;
  /** Where ours is the better, or what it lacks. */
  readonly difference?: string;
  /** Left out: not built, or nothing to run. `name` as it stands in the file, of a test or of a `describe`; `%s`, `$name` and `${…}` stand for anything. */
  readonly proof?: Proof;
  /** What the test runs it against, besides our own clients and servers. */
  readonly counterpart?: string;
  /** True: the proof's file comes with another change and need not be here. */
  readonly pending?: true;
}

export interface Proof {
  /** From the repository's root. */
  readonly file: string;
  readonly name: string;
}

export interface Subject {
  readonly title: string;
  readonly features: readonly Feature[];
}

export type Outcome = "passed" | "failed" | "skipped" | "missing";

/** A run of the tests, as it is kept beside the page. */
export interface Run {
  /** ISO 8601, a day. */
  readonly date: string;
  readonly node: string;
  /** By `file › name`. */
  readonly results: Readonly<Record<string, Outcome>>;
}
