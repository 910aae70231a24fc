import { z } from "zod";
import * as keys from "../control/schemas/api-keys.ts";
import { type Operation, operation } from "./operation.ts";

/** A key's text, or who has one, is for nobody without a token: none of these is open. */
export const API_KEY_OPERATIONS: readonly Operation[] = [
  operation({
    id: "listApiKeys",
    method: "get",
    path: "/keys",
    summary:
      "API keys, newest first, in pages; `x-total-count` says how many there are. `use` is of this front door since it started.",
    query: keys.apiKeysQuery,
    response: z.array(keys.apiKeyRow),
    errors: ["store_unavailable"],
    async handle({ control }, { query }) {
      const { rows: body, total } = await control.apiKeys.list(query);
      return { body, headers: { "x-total-count": String(total) } };
    },
  }),
  operation({
    id: "addApiKey",
    method: "post",
    path: "/keys",
    summary:
      "Makes a key. Its text is in this answer and nowhere else. It is in force here when it is answered.",
    body: keys.addApiKeyBody,
    response: keys.addedApiKey,
    errors: ["api_keys_full", "api_key_refused", "store_unavailable"],
    handle: async ({ control }, { body }) => ({ body: await control.apiKeys.add(body) }),
  }),
  operation({
    id: "importApiKeys",
    method: "post",
    path: "/keys/import",
    summary:
      "Takes keys whose texts are known elsewhere, by their hashes. Those that are there already are passed over.",
    body: keys.importApiKeysBody,
    response: keys.importedApiKeys,
    errors: ["api_keys_full", "store_unavailable"],
    handle: async ({ control }, { body }) => ({ body: await control.apiKeys.import(body) }),
  }),
  operation({
    id: "getApiKey",
    method: "get",
    path: "/keys/{id}",
    summary: "One key: what is known of it, what was done to it, and how it was used.",
    params: keys.apiKeyParams,
    response: keys.apiKeyRow,
    errors: ["unknown_api_key", "store_unavailable"],
    handle: async ({ control }, { params }) => ({ body: await control.apiKeys.show(params.id) }),
  }),
  operation({
    id: "changeApiKey",
    method: "post",
    path: "/keys/{id}",
    summary:
      "Changes what is known of a key: its plan, when it expires, whether it is enabled. Its text stays.",
    params: keys.apiKeyParams,
    body: keys.changeApiKeyBody,
    response: keys.apiKeyRow,
    errors: ["unknown_api_key", "api_key_refused", "store_unavailable"],
    handle: async ({ control }, { params, body }) => ({
      body: await control.apiKeys.change(params.id, body),
    }),
  }),
  operation({
    id: "removeApiKey",
    method: "delete",
    path: "/keys/{id}",
    summary: "Forgets a key that was revoked or has expired, with what was done to it.",
    params: keys.apiKeyParams,
    response: keys.removedApiKey,
    errors: ["unknown_api_key", "api_key_refused", "store_unavailable"],
    async handle({ control }, { params }) {
      await control.apiKeys.remove(params.id);
      return { body: { id: params.id } };
    },
  }),
  operation({
    id: "revokeApiKey",
    method: "post",
    path: "/keys/{id}/revoke",
    summary:
      "Revokes a key for good. It is in force here when it is answered, and on every front door within a second while the store answers.",
    params: keys.apiKeyParams,
    body: keys.endApiKeyBody,
    response: keys.apiKeyRow,
    errors: ["unknown_api_key", "api_key_refused", "store_unavailable"],
    handle: async ({ control }, { params, body }) => ({
      body: await control.apiKeys.revoke(params.id, body),
    }),
  }),
];
