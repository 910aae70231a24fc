import {
  API_KEY_PARTS,
  type ApiKey,
  type ApiKeyAct,
  apiKeyState,
  apiKeyText,
  MAX_API_KEYS,
  withAct,
} from "../../domain/api-key.ts";
import type { Clock } from "../../domain/clock.ts";
import { FigError, messageOf } from "../../domain/errors.ts";
import { countText } from "../../domain/wording.ts";
import type { ApiKeysWritten, ApiKeyWrite, Store, StoredApiKey } from "../../store/contract.ts";
import type {
  ApiKeyControl,
  ApiKeyRow,
  ApiKeysHere,
  ChangeApiKeyBody,
  ImportApiKeysBody,
  ImportedApiKeys,
} from "./contract.ts";
import { listApiKeys, rowOf, usesById } from "./list.ts";

interface ApiKeyOptions {
  readonly store: Pick<Store, "putApiKeys" | "readApiKeys" | "findApiKeys">;
  readonly clock: Clock;
  /** Left out: nobody serves here. */
  readonly here?: ApiKeysHere | undefined;
}

const LAST_CHARS = 4;
/** Tries until an id, or a record that others change, is written. */
const TRIES = 5;

type Known = StoredApiKey & { readonly key: ApiKey };

/** SHA-256 of a text's UTF-8, lower-case hex. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The use cases of API keys on a store. */
export function createApiKeys(options: ApiKeyOptions): ApiKeyControl {
  const { store, clock, here } = options;

  const act = (what: ApiKeyAct["act"], { by, reason }: Pick<ApiKeyAct, "by" | "reason">): ApiKeyAct => ({
    at: new Date(clock.now()).toISOString(),
    act: what,
    by,
    reason,
  });

  async function inForce(): Promise<void> {
    try {
      await here?.refresh();
    } catch (error) {
      throw new FigError(
        "store_unavailable",
        `it is written, but is not in force here yet: ${messageOf(error)}`,
        { remedy: "Look at the key when the store is back. It is in force then.", cause: error },
      );
    }
  }

  async function row(key: ApiKey): Promise<ApiKeyRow> {
    return rowOf(key, clock.now(), here && usesById(await here.uses([key.id])));
  }

  async function find(id: string): Promise<Known> {
    const [found] = await store.findApiKeys([id]);
    if (found !== undefined && found.key !== null) return found as Known;
    throw new FigError("unknown_api_key", `There is no API key ${id}.`, {
      remedy: "`fig keys list` shows their ids.",
    });
  }

  /** One record in another's place. Who changed it meanwhile is not undone: it is read again. */
  async function replace(id: string, make: (key: ApiKey) => ApiKey | null): Promise<ApiKey | null> {
    for (let tries = 1; ; tries++) {
      const { key: before, revision } = await find(id);
      const key = make(before);
      if (key === before) return key;
      const written = await store.putApiKeys([{ id, revision, key }]);
      if (written.ok) {
        await inForce();
        return key;
      }
      if (tries === TRIES || written.why !== "changed") throw refusal(written);
    }
  }

  return Object.freeze({
    list: (query) => listApiKeys(store, clock.now(), query, here),
    show: async (id) => row((await find(id)).key),

    async add({ by, reason, ...said }) {
      const secret = clock.hex(API_KEY_PARTS.secret);
      for (let tries = 1; ; tries++) {
        const id = clock.hex(API_KEY_PARTS.id);
        const text = apiKeyText(id, secret);
        const key: ApiKey = {
          ...{ id, hash: await hashOf(text), last: text.slice(-LAST_CHARS), ...said },
          ...{ enabled: true, revoked: false, acts: [act("created", { by, reason })] },
        };
        const written = await store.putApiKeys([{ id, revision: 0, key }]);
        if (written.ok) {
          await inForce();
          return { key: text, apiKey: await row(key) };
        }
        if (tries === TRIES || written.why !== "changed") throw refusal(written);
      }
    },

    async change(id, request) {
      const key = await replace(id, (before) => {
        if (before.revoked) throw ended(id, "was revoked, and stays so");
        return changed(before, request, (what) => act(what, request));
      });
      return row(key as ApiKey);
    },

    async revoke(id, request) {
      const key = await replace(id, (before) => {
        if (before.revoked) throw ended(id, "was revoked before");
        return withAct({ ...before, revoked: true }, act("revoked", request));
      });
      return row(key as ApiKey);
    },

    async remove(id) {
      await replace(id, (before) => {
        const state = apiKeyState(before, clock.now());
        if (state === "revoked" || state === "expired") return null;
        throw new FigError("api_key_refused", `API key ${id} is ${state}: it is not removed.`, {
          remedy: "Revoke it first: its clients then learn why they are refused.",
        });
      });
    },

    import: (request) => importKeys(request),
  } satisfies ApiKeyControl);

  async function importKeys({ keys, by, reason }: ImportApiKeysBody): Promise<ImportedApiKeys> {
    const imported: ApiKey[] = [];
    let known = 0;
    let waiting: readonly ApiKeyWrite[] = keys.map((given) => {
      const id = clock.hex(API_KEY_PARTS.id);
      const acts = [act("imported", { by, reason })];
      return { id, revision: 0, key: { id, ...given, expiresAt: null, revoked: false, acts } };
    });
    while (waiting.length > 0) {
      const written = await store.putApiKeys(waiting);
      if (written.ok) {
        imported.push(...waiting.flatMap(({ key }) => key ?? []));
        break;
      }
      if (written.why === "full") throw refusal(written);
      // It is there, or twice in the list: what is left is written without it.
      known++;
      waiting = waiting.filter(({ id }) => id !== written.id);
    }
    await inForce();
    const uses = here && usesById([]);
    return { imported: imported.map((key) => rowOf(key, clock.now(), uses)), known };
  }
}

function changed(
  before: ApiKey,
  { name, owner, description, plan, expiresAt, enabled }: ChangeApiKeyBody,
  act: (what: ApiKeyAct["act"]) => ApiKeyAct,
): ApiKey {
  const key: ApiKey = {
    ...before,
    name: name ?? before.name,
    owner: owner ?? before.owner,
    description: description ?? before.description,
    plan: plan === undefined ? before.plan : plan,
    expiresAt: expiresAt === undefined ? before.expiresAt : expiresAt,
    enabled: enabled ?? before.enabled,
  };
  if (key.enabled !== before.enabled) return withAct(key, act(key.enabled ? "enabled" : "disabled"));
  const fields = ["name", "owner", "description", "plan", "expiresAt"] as const;
  return fields.every((field) => key[field] === before[field]) ? before : withAct(key, act("changed"));
}

function ended(id: string, what: string): FigError {
  return new FigError("api_key_refused", `API key ${id} ${what}.`, {
    remedy: "Make another with `fig keys add`.",
  });
}

function refusal(written: Extract<ApiKeysWritten, { ok: false }>): FigError {
  if (written.why === "full")
    return new FigError("api_keys_full", `There are ${countText(MAX_API_KEYS)} API keys: no more are kept.`, {
      remedy: "Remove keys that were revoked or have expired, with `fig keys remove ID`.",
    });
  return new FigError("api_key_refused", `API key ${written.id} was changed by others at the same time.`, {
    remedy: "Look at it, and try again.",
  });
}
