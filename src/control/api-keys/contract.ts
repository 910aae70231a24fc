import type { ApiKeyUse } from "../../domain/api-key.ts";
import type {
  AddApiKeyBody,
  AddedApiKey,
  ApiKeyRow,
  ApiKeysQuery,
  ChangeApiKeyBody,
  EndApiKeyBody,
  ImportApiKeysBody,
  ImportedApiKeys,
} from "../schemas/api-keys.ts";

export type * from "../schemas/api-keys.ts";

export interface ApiKeyPage {
  /** Newest first. */
  readonly rows: readonly ApiKeyRow[];
  /** Of all pages. */
  readonly total: number;
}

/**
 * What can be done with API keys. A change is durable, and in force on this front door, when its promise resolves. Failures are FigErrors:
 * unknown_api_key, api_key_refused, api_keys_full, store_unavailable.
 */
export interface ApiKeyControl {
  list(query: ApiKeysQuery): Promise<ApiKeyPage>;
  show(id: string): Promise<ApiKeyRow>;
  /** The only answer that holds a key's text. */
  add(request: AddApiKeyBody): Promise<AddedApiKey>;
  change(id: string, request: ChangeApiKeyBody): Promise<ApiKeyRow>;
  /** For good. */
  revoke(id: string, request: EndApiKeyBody): Promise<ApiKeyRow>;
  /** Forgets a key that was revoked or has expired. */
  remove(id: string): Promise<void>;
  /** Keys whose texts are known elsewhere. */
  import(request: ImportApiKeysBody): Promise<ImportedApiKeys>;
}

/** What a front door that serves knows and does about them. */
export interface ApiKeysHere {
  /** What was written is in force here. */
  refresh(): Promise<void>;
  uses(ids: readonly string[]): Promise<readonly ApiKeyUse[]>;
}
