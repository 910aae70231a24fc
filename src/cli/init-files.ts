import { SAFE_METHODS } from "../domain/message.ts";
import { listText } from "../domain/wording.ts";

/** What `fig init` was told, checked. */
export interface InitAnswers {
  readonly listen: string;
  /** Origins, e.g. `http://127.0.0.1:3000`. */
  readonly legacy: string;
  readonly modern: string;
  /** Path template of the first route. */
  readonly path: string;
  readonly route: string;
}

/** A file to write: path relative to the folder, and its text. */
export interface InitFile {
  readonly path: string;
  readonly text: string;
}

/** Those of the first route. Its gate asks for each that is shadowed, and names the others. */
const METHODS: readonly string[] = ["GET", "HEAD"];
const reads = (method: string) => SAFE_METHODS.has(method);

/** Where the admin API and the dashboard are. */
export const INIT_ADMIN = "127.0.0.1:9901";

export const INIT_DEFAULTS: InitAnswers = {
  listen: "127.0.0.1:8080",
  legacy: "http://127.0.0.1:3000",
  modern: "http://127.0.0.1:3001",
  path: "/api/orders/{id}",
  route: "api.orders",
};

/** The literal segments of a path, as an id: `/api/orders/{id}` → `api.orders`. */
export function routeIdFor(path: string): string {
  const literals = path.split("/").filter((segment) => /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(segment));
  return literals.length === 0 ? "first" : literals.join(".").slice(0, 100);
}

/** fig.yaml, a first route and a first migration, each with what can be changed in it. */
export function initFiles(answers: InitAnswers): readonly InitFile[] {
  const slug = answers.route.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return [
    { path: "fig.yaml", text: figYaml(answers) },
    { path: `routes/${slug}.yaml`, text: routeYaml(answers) },
    { path: `migrations/0001-shadow-${slug}.yaml`, text: migrationYaml(answers) },
  ];
}

/** Double-quoted: JSON is YAML. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function figYaml({ listen, legacy, modern }: InitAnswers): string {
  return `# The front door. Check it with \`fig check\`, run it with \`fig serve\`.
listen: ${quoted(listen)}            # what clients talk to
admin: ${INIT_ADMIN}                # dashboard, admin API, /metrics, /livez, /readyz
state: sqlite:.fig/state.db          # where every route stands; keep .fig/ out of git
routes: routes                       # a folder of *.yaml: what can be shifted
migrations: migrations               # a folder of NNNN-name.yaml: the steps
default: legacy                      # every request that no route matches goes here, untouched
# debugHeaders: true                 # answers say which route and side they came from

upstreams:
  legacy: ${quoted(legacy)}
  modern:
    urls: [${quoted(modern)}]
    timeout: 30s                     # until the head of its answer
`;
}

function routeYaml({ path, route }: InitAnswers): string {
  return `# What to match, and the two sides that can serve it. Legacy serves until something shifts it.
routes:
  - id: ${quoted(route)}
    match:
      path: ${quoted(path)}
      methods: [${METHODS.join(", ")}]           # left out: all methods
    legacy: legacy
    modern: modern                   # or { upstream: modern, path: "/v2/..." } to rewrite the path
    # cohort: shop                   # routes of one cohort move the same clients
    sticky: [client, ip]             # who a client is: a cookie of fig's own, and where none came its address
    shadow:
      writes: never                  # shadows of POST, PUT and DELETE only where declared
      timeout: 5s
      # headers: { remove: [cookie, authorization] }   # copies without the client's session: see docs/how-to/sessions.md
    compare:
      ignore: []                     # what may differ, e.g. ["$.updatedAt", "$.items[*].etag"]
      redact: []                     # what is never stored, e.g. ["$.customer.email"]
`;
}

function migrationYaml({ route }: InitAnswers): string {
  return `description: Send a copy of every request to modern too, and compare; clients are served by legacy alone
changes:
  ${quoted(route)}: { shadow: 100 }
# The next step goes to 0002-name.yaml. A step that raises modern can be gated on what was compared:
#
# description: The first 10 % of clients
# changes:
#   ${quoted(route)}: { modern: 10 }
# gate:
#   minComparisons: 1000
#   maxMismatchRate: 0.5             # percent
#   minCoverage: 5                   # percent compared of ${listText(METHODS.filter(reads))}, each
#   uncovered: [${METHODS.filter((method) => !reads(method)).join(", ")}]                    # methods that are not shadowed, and tried by other means
#   minDuration: 10m
`;
}
