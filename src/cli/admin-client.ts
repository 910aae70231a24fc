import type { AddedApiKey, ApiKeyControl, ApiKeyRow, ImportedApiKeys } from "../control/api-keys/contract.ts";
import type { Overview, Rates } from "../control/board-contract.ts";
import type {
  AutopilotControl,
  AutopilotStatus,
  CacheReport,
  Control,
  Explanation,
  FilesAt,
  FilesReloaded,
  FilesRow,
  FilesTable,
  MigrationPlan,
  MigrationStatus,
  MismatchReport,
  Noticed,
  PolicyReport,
  PurgeResult,
  Revision,
  RouteGate,
  ShiftRequest,
  ShiftResult,
  Status,
  Whole,
  WholeRow,
} from "../control/contract.ts";
import type { IdentityKeySet } from "../control/schemas/identity.ts";
import { MAX_LEDGER_PAGE, MAX_MISMATCHES_PAGE } from "../control/schemas/requests.ts";
import { FigError } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { type AdminAddress, adminRequest } from "./admin-request.ts";
import type { StatusBoard } from "./contract.ts";

/** The use cases of a running front door, asked over its admin API (docs/contract.md, Admin). */
export function createAdminClient(address: AdminAddress): Control {
  const get = (path: string): Promise<unknown> => adminRequest(address, "GET", path);
  const post = (path: string, body: object): Promise<unknown> => adminRequest(address, "POST", path, body);
  const client: Control = {
    async status() {
      return shaped<Status>(address, await get("/status"), ["stateId", "revision", "routes"]);
    },
    async revision() {
      return shaped<Revision>(address, await get("/revision"), ["stateId", "revision"]);
    },
    async shift(request) {
      const { target, ...body } = request;
      return result(address, await post(`${targetPath(target)}/shift`, body));
    },
    async rollback(request) {
      const { route, ...body } = request;
      const path = route === undefined ? "/rollback" : `/routes/${encodeURIComponent(route)}/rollback`;
      return result(address, await post(path, body));
    },
    async resume(request) {
      const { route, ...body } = request;
      return result(address, await post(`/routes/${encodeURIComponent(route)}/resume`, body));
    },
    async migrate(request) {
      const { action, ...body } = request;
      return result(address, await post(`/migrations/${action}`, body));
    },
    async migrations() {
      return listIn<MigrationStatus>(address, await get("/migrations"));
    },
    async plan() {
      return shaped<MigrationPlan>(address, await get("/migrations/plan"), ["allowed", "changes"]);
    },
    async gate(route) {
      const body = await get(`/routes/${encodeURIComponent(route)}/gate`);
      return shaped<RouteGate>(address, body, ["route", "methods", "templates"]);
    },
    async history(route) {
      const entries: LedgerEntry[] = [];
      for (;;) {
        const query = new URLSearchParams({
          ...(route === undefined ? {} : { route }),
          limit: String(MAX_LEDGER_PAGE),
        });
        const last = entries.at(-1);
        if (last !== undefined) query.set("after", String(last.revision));
        const page = listIn<LedgerEntry>(address, await get(`/ledger?${query}`));
        entries.push(...page);
        if (page.length < MAX_LEDGER_PAGE) return entries;
      }
    },
    async mismatches(route) {
      // A row whose count rises between two pages comes with both.
      const rows = new Map<string, MismatchReport>();
      for (let offset = 0; ; offset += MAX_MISMATCHES_PAGE) {
        const query = new URLSearchParams({
          ...(route === undefined ? {} : { route }),
          limit: String(MAX_MISMATCHES_PAGE),
          offset: String(offset),
        });
        const page = listIn<MismatchReport>(address, await get(`/mismatches?${query}`));
        for (const row of page) rows.set(JSON.stringify([row.route, row.path, row.kind]), row);
        if (page.length < MAX_MISMATCHES_PAGE) return [...rows.values()];
      }
    },
    async noticed(route) {
      const query = route === undefined ? "" : `?${new URLSearchParams({ route })}`;
      return listIn<Noticed>(address, await get(`/noticed${query}`));
    },
    async wholes(query) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined) as [string, string][];
      return listIn<WholeRow>(address, await get(`/whole-answers?${new URLSearchParams(given)}`));
    },
    async whole(id) {
      return shaped<Whole>(address, await get(`/whole-answers/${encodeURIComponent(id)}`), ["id", "route"]);
    },
    async explain(request) {
      return shaped<Explanation>(address, await post("/explain", request), ["route", "side", "why"]);
    },
    async purgeCache(request) {
      return shaped<PurgeResult>(address, await post("/cache/purge", request), ["number", "purged"]);
    },
    async cacheReport() {
      return shaped<CacheReport>(address, await get("/cache"), ["bytes", "sides"]);
    },
    async files() {
      return listIn<FilesRow>(address, await get("/files"));
    },
    async filesAt(revision) {
      return shaped<FilesAt>(address, await get(`/files/${revision}`), ["revision", "packed"]);
    },
    async filesTable() {
      return shaped<FilesTable>(address, await get("/files/table"), ["revision", "table"]);
    },
    async reloadFiles(request) {
      return shaped<FilesReloaded>(address, await post("/files/reload", request), ["revision", "problems"]);
    },
    async identityKeys() {
      return shaped<IdentityKeySet>(address, await get("/identity/keys"), ["keys"]);
    },
    autopilot: createAutopilotClient(address),
    apiKeys: createKeysClient(address),
    async policies(query) {
      const asked = Object.entries(query).filter(([, value]) => value !== undefined);
      const search = new URLSearchParams(
        asked.map(([name, value]): [string, string] => [name, String(value)]),
      );
      return shaped<PolicyReport>(address, await get(`/policies?${search}`), ["routes", "codes", "total"]);
    },
  };
  return Object.freeze(client);
}

function createKeysClient(address: AdminAddress): ApiKeyControl {
  const row = (body: unknown) => shaped<ApiKeyRow>(address, body, ["id", "name", "state"]);
  const path = (id: string) => `/keys/${encodeURIComponent(id)}`;
  const send = (at: string, body: object) => adminRequest(address, "POST", at, body);
  return {
    async list(query) {
      const given = Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      );
      const rows = listIn<ApiKeyRow>(
        address,
        await adminRequest(address, "GET", `/keys?${new URLSearchParams(given)}`),
      );
      // How many there are stands in a header: who asks for pages goes on until one is not full.
      const more = rows.length < query.limit ? 0 : 1;
      return { rows, total: query.offset + rows.length + more };
    },
    show: async (id) => row(await adminRequest(address, "GET", path(id))),
    add: async (request) => shaped<AddedApiKey>(address, await send("/keys", request), ["key", "apiKey"]),
    change: async (id, request) => row(await send(path(id), request)),
    revoke: async (id, request) => row(await send(`${path(id)}/revoke`, request)),
    async remove(id) {
      await adminRequest(address, "DELETE", path(id));
    },
    import: async (request) =>
      shaped<ImportedApiKeys>(address, await send("/keys/import", request), ["imported", "known"]),
  };
}

function createAutopilotClient(address: AdminAddress): AutopilotControl {
  const answer = (body: unknown) => shaped<AutopilotStatus>(address, body, ["state", "says", "gates"]);
  const tell = (verb: string) => async (body: object) =>
    answer(await adminRequest(address, "POST", `/autopilot/${verb}`, body));
  return {
    status: async () => answer(await adminRequest(address, "GET", "/autopilot")),
    start: tell("start"),
    pause: tell("pause"),
    resume: tell("resume"),
    stop: tell("stop"),
  };
}

/** The dashboard's figures of a running front door. */
export function createAdminBoard(address: AdminAddress): StatusBoard {
  return {
    async overview() {
      const body = await adminRequest(address, "GET", "/overview");
      return shaped<Overview>(address, body, ["attention", "attentionTotal"]);
    },
    async rates() {
      return shaped<Rates>(address, await adminRequest(address, "GET", "/rates"), ["seconds", "routes"]);
    },
  };
}

function targetPath(target: ShiftRequest["target"]): string {
  return "route" in target
    ? `/routes/${encodeURIComponent(target.route)}`
    : `/cohorts/${encodeURIComponent(target.cohort)}`;
}

function result(address: AdminAddress, body: unknown): ShiftResult {
  return shaped<ShiftResult>(address, body, ["written", "entries", "changes"]);
}

/** The front door is of the same release or says so: its top-level keys are looked at, the rest is trusted. */
function shaped<Shape>(address: AdminAddress, body: unknown, keys: readonly (keyof Shape)[]): Shape {
  const isObject = typeof body === "object" && body !== null;
  if (!isObject || keys.some((key) => !Object.hasOwn(body, key))) throw otherShape(address);
  return body as Shape;
}

function listIn<Item>(address: AdminAddress, body: unknown): readonly Item[] {
  if (!Array.isArray(body)) throw otherShape(address);
  return body as readonly Item[];
}

function otherShape(address: AdminAddress): FigError {
  return new FigError("not_an_admin", `this fig cannot read the answer of ${address.origin}`, {
    remedy: "use the fig of the front door's own release, or name its admin address with --admin",
  });
}
