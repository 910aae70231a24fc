import { type Command, InvalidArgumentError } from "commander";
import type { ApiKeyControl, ApiKeyRow, ChangeApiKeyBody } from "../control/api-keys/contract.ts";
import { MAX_API_KEYS_PAGE } from "../control/schemas/api-keys.ts";
import { API_KEY_STATES, type ApiKeyState, PLAN_NAME } from "../domain/api-key.ts";
import { printable } from "../domain/printable.ts";
import { parseDuration } from "../domain/quantities.ts";
import { countOf } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { instant } from "./format.ts";
import { batches, keysOfFile } from "./keys-import.ts";
import { printKey, printKeys } from "./keys-text.ts";
import { byOf, nonEmpty, type TargetOptions, withBy, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";

interface KeyOptions extends TargetOptions {
  readonly by?: string;
  readonly reason?: string;
}

/** When a key expires, as of when the command runs, or a moment; ms. */
type Expiry = { readonly age: number } | { readonly at: number } | "never";

interface FieldOptions extends KeyOptions {
  readonly name?: string;
  readonly owner?: string;
  readonly description?: string;
  /** False: none. */
  readonly plan?: string | false;
  readonly expires?: Expiry;
}

const DAY_MS = 86_400_000;

function expiryOption(text: string): Expiry {
  if (text === "never") return "never";
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const age = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (age !== undefined && age > 0) return { age };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError("Write an age, e.g. 90d or 12h, a moment, e.g. 2027-01-31, or never.");
  return { at };
}

function planOption(text: string): string {
  if (!PLAN_NAME.test(text))
    throw new InvalidArgumentError("A plan's name has letters, digits and . _ -, like gold.");
  return text;
}

function planOfOption(
  text: string,
  earlier: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, id = "", plan = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (id === "") throw new InvalidArgumentError("Write USAGE_PLAN_ID=PLAN, e.g. c7y23b=gold.");
  return new Map([...earlier, [id, planOption(plan)]]);
}

function idOption(text: string): string {
  if (!/^[0-9a-f]{12}$/.test(text)) {
    // Who gives the whole key has shown it to this shell's history: it is not repeated.
    throw new InvalidArgumentError("A key's id has 12 hex digits, as `fig keys list` shows it.");
  }
  return text;
}

function stateOption(text: string): ApiKeyState {
  const state = API_KEY_STATES.find((one) => one === text);
  if (state === undefined) throw new InvalidArgumentError(`Write ${API_KEY_STATES.join(", ")}.`);
  return state;
}

const withFields = (command: Command) =>
  command
    .option("--owner <text>", "whose it is")
    .option("--description <text>", "what it is for")
    .option("--plan <name>", "the plan it is on", planOption)
    .option("--expires <when>", "until when it passes: 90d, 2027-01-31, or never", expiryOption)
    .option("--reason <text>", "why; kept with the key", nonEmpty);

export const keysCommand: CliCommand = {
  name: "keys",
  register(program, context) {
    const group = program.command("keys").description("API keys: add, list, change, revoke, import");
    withExamples(group, 'fig keys add --name "mobile app"', "fig keys list", "fig keys show 3f9a1c07be52");
    const acting = (command: Command) => withTarget(withBy(command));
    const add = group
      .command("add")
      .description("make a key; its text is shown this once")
      .requiredOption("--name <text>", "what people call it", nonEmpty);
    acting(withFields(add)).action((options: FieldOptions) => context.run(() => addKey(context, options)));
    withExamples(add, 'fig keys add --name "mobile app" --plan gold --expires 90d');

    const list = group
      .command("list")
      .description("the keys, newest first")
      .option("--state <state>", `only ${API_KEY_STATES.join(", ")} ones`, stateOption)
      .option("--plan <name>", "only keys on this plan", planOption)
      .option("--search <text>", "only keys with this in their id, name, owner or description", nonEmpty);
    withTarget(list).action((options: ListOptions) => context.run(() => listKeys(context, options)));
    withExamples(list, "fig keys list", "fig keys list --state active --plan gold --json");

    const one = (name: string, description: string) =>
      group.command(name).description(description).argument("<id>", "the key's id", idOption);
    const show = one("show", "one key, and what was done to it");
    withTarget(show).action((id: string, options: TargetOptions) =>
      context.run(() =>
        onTarget(context, options, "ledger", async ({ control }) =>
          shown(context, options, await control.apiKeys.show(id)),
        ),
      ),
    );
    withExamples(show, "fig keys show 3f9a1c07be52");

    const set = one("set", "change a key's name, owner, description, plan or expiry").option(
      "--name <text>",
      "what people call it",
      nonEmpty,
    );
    acting(withFields(set).option("--no-plan", "on no plan")).action((id: string, options: FieldOptions) =>
      context.run(() => setKey(context, id, options)),
    );
    withExamples(set, 'fig keys set 3f9a1c07be52 --plan silver --reason "their contract"');

    for (const [name, enabled, what] of [
      ["disable", false, "refuse a key until it is enabled again"],
      ["enable", true, "let a disabled key pass again"],
    ] as const) {
      const command = one(name, what).option("--reason <text>", "why; kept with the key", nonEmpty);
      acting(command).action((id: string, options: KeyOptions) =>
        context.run(() => changeKey(context, id, options, { enabled })),
      );
      withExamples(command, `fig keys ${name} 3f9a1c07be52`);
    }

    const revoke = one("revoke", "refuse a key for good, on every front door").requiredOption(
      "--reason <text>",
      "why; kept with the key",
      nonEmpty,
    );
    acting(revoke).action((id: string, options: KeyOptions & { readonly reason: string }) =>
      context.run(() =>
        acted(context, options, "revoked", ({ revoke: end }) =>
          end(id, { reason: options.reason, by: byOf(options.by, context.deps) }),
        ),
      ),
    );
    withExamples(revoke, 'fig keys revoke 3f9a1c07be52 --reason "it was in a public repository"');

    const remove = one("remove", "forget a key that was revoked or has expired");
    withTarget(remove).action((id: string, options: TargetOptions) =>
      context.run(() => removeKey(context, id, options)),
    );
    withExamples(remove, "fig keys remove 3f9a1c07be52");

    const bring = group
      .command("import")
      .description(
        "take keys that clients have already, from a CSV file as API Gateway exports it; they are hashed here",
      )
      .argument("<file>", "Name,Key,Description,Enabled,UsagePlanIds; instead of Key also Hash")
      .option("--plan <name>", "the plan of keys that no --plan-of names", planOption)
      .option("--plan-of <id=plan>", "the plan here for a usage plan there; may be repeated", planOfOption)
      .option("--reason <text>", "why; kept with the keys", nonEmpty);
    acting(bring).action((file: string, options: ImportOptions) =>
      context.run(() => importKeys(context, file, options)),
    );
    withExamples(bring, "fig keys import keys.csv --plan-of c7y23b=gold");
  },
};

interface ListOptions extends TargetOptions {
  readonly state?: ApiKeyState;
  readonly plan?: string;
  readonly search?: string;
}

interface ImportOptions extends KeyOptions {
  readonly plan?: string;
  readonly planOf?: ReadonlyMap<string, string>;
}

function expiresAt({ deps }: CliContext, expires: Expiry): string | null {
  if (expires === "never") return null;
  return new Date("at" in expires ? expires.at : deps.clock.now() + expires.age).toISOString();
}

async function addKey(context: CliContext, options: FieldOptions): Promise<number> {
  const { name = "", owner = "", description = "", plan, expires = "never", reason = "" } = options;
  return onTarget(context, options, "back", async ({ control, where }) => {
    const { key, apiKey } = await control.apiKeys.add({
      ...{ name, owner, description, reason, by: byOf(options.by, context.deps) },
      ...{ plan: plan || null, expiresAt: expiresAt(context, expires) },
    });
    const { terminal } = context;
    if (options.json === true) terminal.json({ key, apiKey });
    else {
      const until = apiKey.expiresAt === null ? "" : `, until ${instant(apiKey.expiresAt)}`;
      const on = apiKey.plan === null ? "" : `, plan ${apiKey.plan}`;
      terminal.line(`${terminal.paint.green("added")} key ${apiKey.id} (${printable(name)}${on}${until})`);
      terminal.line(terminal.paint.dim(where));
      terminal.line("Its text, which is shown this once and kept nowhere:");
      terminal.line("");
      terminal.line(key);
    }
    return EXIT.done;
  });
}

async function listKeys(context: CliContext, options: ListOptions): Promise<number> {
  return onTarget(context, options, "ledger", async ({ control }) => {
    const { state, plan, search: query } = options;
    const rows: ApiKeyRow[] = [];
    for (;;) {
      const asked = { state, plan, query, limit: MAX_API_KEYS_PAGE, offset: rows.length };
      const page = await control.apiKeys.list(asked);
      rows.push(...page.rows);
      if (page.rows.length === 0 || rows.length >= page.total) break;
    }
    if (options.json === true) context.terminal.json(rows);
    else printKeys(context, rows, state !== undefined || plan !== undefined || query !== undefined);
    return EXIT.done;
  });
}

function shown(context: CliContext, options: TargetOptions, key: ApiKeyRow): number {
  if (options.json === true) context.terminal.json(key);
  else printKey(context, key);
  return EXIT.done;
}

async function acted(
  context: CliContext,
  options: TargetOptions,
  what: string,
  act: (keys: ApiKeyControl) => Promise<ApiKeyRow>,
): Promise<number> {
  return onTarget(context, options, "back", async ({ control, where }) => {
    const key = await act(control.apiKeys);
    const { terminal } = context;
    if (options.json === true) terminal.json(key);
    else {
      terminal.line(`${terminal.paint.green(what)} key ${key.id} (${printable(key.name)})`);
      terminal.line(terminal.paint.dim(where));
    }
    return EXIT.done;
  });
}

function changeKey(
  context: CliContext,
  id: string,
  options: KeyOptions,
  change: Omit<ChangeApiKeyBody, "by" | "reason">,
): Promise<number> {
  const { reason = "" } = options;
  const what = change.enabled === undefined ? "changed" : change.enabled ? "enabled" : "disabled";
  return acted(context, options, what, (keys) =>
    keys.change(id, { ...change, reason, by: byOf(options.by, context.deps) }),
  );
}

async function setKey(context: CliContext, id: string, options: FieldOptions): Promise<number> {
  const { name, owner, description, plan, expires } = options;
  if ([name, owner, description, plan, expires].every((value) => value === undefined))
    throw usage("there is nothing to change", "give --name, --owner, --description, --plan or --expires");
  return changeKey(context, id, options, {
    ...{ name, owner, description },
    plan: plan === false ? null : plan,
    expiresAt: expires === undefined ? undefined : expiresAt(context, expires),
  });
}

async function removeKey(context: CliContext, id: string, options: TargetOptions): Promise<number> {
  return onTarget(context, options, "back", async ({ control }) => {
    await control.apiKeys.remove(id);
    if (options.json === true) context.terminal.json({ id });
    else context.terminal.line(`${context.terminal.paint.green("removed")} key ${id}`);
    return EXIT.done;
  });
}

async function importKeys(context: CliContext, file: string, options: ImportOptions): Promise<number> {
  const { plan = null, planOf = new Map<string, string>(), reason = "" } = options;
  const keys = await keysOfFile(context.deps.cwd, file, { plan, planOf });
  return onTarget(context, options, "back", async ({ control, where }) => {
    const by = byOf(options.by, context.deps);
    const imported: ApiKeyRow[] = [];
    let known = 0;
    for (const batch of batches(keys)) {
      const done = await control.apiKeys.import({ keys: batch, reason, by });
      imported.push(...done.imported);
      known += done.known;
    }
    const { terminal } = context;
    if (options.json === true) terminal.json({ imported, known });
    else {
      const there = known === 0 ? "" : `; ${countOf(known, "key was", "keys were")} there already`;
      terminal.line(`${terminal.paint.green("imported")} ${countOf(imported.length, "key")}${there}`);
      terminal.line(terminal.paint.dim(where));
    }
    return EXIT.done;
  });
}
