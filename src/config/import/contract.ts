/** What became of a part of the document. `imported`: it is in the files; `changed`: not quite as it was; `left`: not at all. */
export interface ImportNote {
  readonly level: "imported" | "changed" | "left";
  /** `api.yaml:12` */
  readonly place: string;
  readonly message: string;
}

export interface ImportedRoute {
  readonly id: string;
  readonly path: string;
  /** Null: all. */
  readonly methods: readonly string[] | null;
  readonly legacy: string;
  /** Where it stands in the document. */
  readonly place: string;
}

export interface ImportResult {
  readonly title: string;
  readonly routes: readonly ImportedRoute[];
  readonly upstreams: readonly string[];
  /** Relative paths and texts. */
  readonly routesFile: { readonly path: string; readonly text: string };
  /** fig.yaml whole. */
  readonly fig: string;
  /** What an existing fig.yaml has to have besides. */
  readonly additions: string;
  readonly notes: readonly ImportNote[];
}

export interface ImportOptions {
  /** Which side the document's servers are. */
  readonly as: "legacy" | "modern";
  /** Where the other side is. */
  readonly other: string | undefined;
  /** What stands before every path; undefined: what the document's server says (of API Gateway: nothing). */
  readonly basePath: string | undefined;
  /** Values of stage variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where the document is, as fig.yaml names it. */
  readonly documentPath: string;
  /** An export of API Gateway even where nothing in it says so. */
  readonly gateway: boolean;
}
