/**
 * Every error an answer of the admin API can carry: one table from code to HTTP status. Its words are the reference page's
 * (docs/reference/errors.md); the message a caller gets says the particulars.
 */
interface AdminError {
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

export const ADMIN_ERRORS = {
  invalid_request: {
    status: 400,
    meaning: "A path, query or body part is missing, unknown or out of range; `details.problems` lists each.",
    remedy: "Correct what the message names. The schemas are at `/api/v1/openapi.json`.",
  },
  invalid_json: {
    status: 400,
    meaning: "The body is not one JSON object.",
    remedy: "Send a JSON object, or `{}` if there is nothing to say.",
  },
  unauthorized: {
    status: 401,
    meaning: "The admin token is missing or wrong, or nobody is logged in.",
    remedy:
      "Send `Authorization: Bearer <adminToken>` (the CLI takes it from FIG_ADMIN_TOKEN), or log in on the dashboard.",
  },
  forbidden_host: {
    status: 403,
    meaning:
      "Without an adminToken, only requests addressed to this machine's loopback are answered, and Host names something else.",
    remedy: "Use http://127.0.0.1 and the admin port itself, or set an adminToken.",
  },
  forbidden_origin: {
    status: 403,
    meaning: "A web page of another origin made the request.",
    remedy: "Call the API from a program, or from a page that the admin address itself serves.",
  },
  not_found: {
    status: 404,
    meaning: "There is nothing at this path.",
    remedy: "`/api/v1/openapi.json` lists all paths.",
  },
  unknown_route: {
    status: 404,
    meaning: "No route has this id.",
    remedy: "`GET /api/v1/routes` lists the ids; a file that did not load shows in `/readyz`.",
  },
  unknown_sample: {
    status: 404,
    meaning: "No whole answer has this id: its time is over, or it gave way to others.",
    remedy: "`GET /api/v1/whole-answers?route=` lists those that there are.",
  },
  unknown_cohort: {
    status: 404,
    meaning: "No route belongs to this cohort.",
    remedy: "`GET /api/v1/routes` shows each route's cohort.",
  },
  unknown_revision: {
    status: 404,
    meaning: "The ledger has no such revision.",
    remedy: "`GET /api/v1/ledger` lists the revisions.",
  },
  files_not_kept: {
    status: 404,
    meaning: "The files of this revision gave way to newer ones, or were too large to be kept.",
    remedy: "`GET /api/v1/files` says which are kept; your version control has the others.",
  },
  unknown_api_key: {
    status: 404,
    meaning: "There is no API key with this id, or it was removed.",
    remedy: "`GET /api/v1/keys` lists the ids.",
  },
  unknown_api: {
    status: 404,
    meaning: "There is no WebSocket API with this id.",
    remedy: "Name one of `websockets` in the files.",
  },
  connection_gone: {
    status: 410,
    meaning: "There is no such WebSocket any more, or it is another API's.",
    remedy: "Forget its id.",
  },
  message_too_large: {
    status: 413,
    meaning: "The message is larger than `limits.message` of its WebSocket API.",
    remedy: "Send less, or raise it.",
  },
  client_busy: {
    status: 429,
    meaning: "More waits for this WebSocket's client than `limits.buffer` allows.",
    remedy: "Send it again later, or close the connection.",
  },
  connection_unreachable: {
    status: 503,
    meaning: "The front door that holds the WebSocket gives no answer, or Redis is away.",
    remedy: "Ask again; it is gone if it stays so.",
  },
  method_not_allowed: {
    status: 405,
    meaning: "The path is known, but does not have this method.",
    remedy: "Use a method that the Allow header names.",
  },
  conflict: {
    status: 409,
    meaning:
      "The route was shifted since the expected revision, or the expected step is not the next one (or the last). Nothing was written.",
    remedy: "Read the status again, decide again, and send the revision it shows.",
  },
  held: {
    status: 409,
    meaning:
      "A guard took a route back, and nobody has resumed it: its modern does not rise. Rollback and lower shifts go on.",
    remedy:
      "See the entry of kind `guard` in the ledger; when the cause is gone, `POST /api/v1/routes/{id}/resume`.",
  },
  not_held: {
    status: 409,
    meaning: "No guard holds this route.",
    remedy: "There is nothing to resume.",
  },
  drift: {
    status: 409,
    meaning: "A route no longer stands where the last migration step left it.",
    remedy: "Look at `GET /api/v1/migrations`; `force: true` overrides this.",
  },
  late_step: {
    status: 409,
    meaning: "The next step has a number below one that was applied without it.",
    remedy: "Give its file the next free number; `force: true` applies it where it is.",
  },
  raises_modern: {
    status: 409,
    meaning:
      "Undoing this step would raise modern, and no gate is asked there; `details.changes` says where.",
    remedy: "`force: true` raises it without a gate.",
  },
  nothing_to_undo: {
    status: 409,
    meaning: "There is no shift or step left to undo.",
    remedy: "`GET /api/v1/ledger` shows what was done and undone.",
  },
  refused: {
    status: 409,
    meaning: "The route's definition, or a rule that no gate decides, does not allow this shift.",
    remedy: "Do what the message says. The rules are in the route's file.",
  },
  api_key_refused: {
    status: 409,
    meaning:
      "The API key does not allow this: it was revoked, is still in use, or was changed at the same time.",
    remedy: "Do what the message says.",
  },
  api_keys_full: {
    status: 409,
    meaning: "There are 100,000 API keys: no more are kept.",
    remedy: "Remove keys that were revoked or have expired.",
  },
  body_too_large: {
    status: 413,
    meaning: "The body is larger than 64 KiB.",
    remedy: "No request of this API needs that much.",
  },
  unsupported_media_type: {
    status: 415,
    meaning: "The body is not `application/json` in UTF-8 without a content coding.",
    remedy: "Send `content-type: application/json`, also with an empty object.",
  },
  gate_refused: {
    status: 422,
    meaning:
      "A gate does not hold; `details` has each condition's value, its bound and how much is missing, by route.",
    remedy: "Gather more evidence (shadow the route) or fix what differs; `force: true` overrides the gate.",
  },
  too_many_attempts: {
    status: 429,
    meaning: "Ten wrong tokens came from this address within a minute; `retry-after` says when to try again.",
    remedy: "Wait, and take the token from fig.yaml or its environment.",
  },
  internal_error: {
    status: 500,
    meaning: "Something failed unexpectedly. The log has the details under the request id.",
    remedy: "Report it, with the log lines of that request id.",
  },
  store_unavailable: {
    status: 503,
    meaning: "The state store does not answer. The positions in force stay in force.",
    remedy: "When the store is back, check whether the write is in the ledger; then try again.",
  },
  workers_failed: {
    status: 503,
    meaning: "No process that serves can be asked: they keep ending, or could not be started.",
    remedy: "Look at the front door's log for why. `workers: 1` in fig.yaml serves in one process.",
  },
  store_invalid: {
    status: 503,
    meaning: "The state store is damaged, or not a state store of this release.",
    remedy: "Do what the message says. Until then the positions in force stay in force.",
  },
  not_started: {
    status: 503,
    meaning: "The front door has not read its ledger yet.",
    remedy: "Wait until `/readyz` answers 200.",
  },
  metrics_unavailable: {
    status: 503,
    meaning: "The metrics could not be rendered this time. Nothing else is affected.",
    remedy: "Scrape again.",
  },
  too_many_streams: {
    status: 503,
    meaning: "There are already 100 event streams open, or 75 of readers who have not logged in.",
    remedy: "Close one.",
  },
} as const satisfies Readonly<Record<string, AdminError>>;

export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

/** 500 for a code that no caller is meant to see. */
export function statusOf(code: string): number {
  return Object.hasOwn(ADMIN_ERRORS, code) ? ADMIN_ERRORS[code as AdminErrorCode].status : 500;
}
