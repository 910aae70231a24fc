import { type Condition, conditionOf } from "./conditions.ts";
import { type Glob, globOf } from "./glob.ts";

/** A list of patterns, or all that none of them stands for. */
export interface Patterns {
  readonly globs: readonly Glob[];
  readonly negated: boolean;
}

export interface Statement {
  readonly allow: boolean;
  readonly actions: Patterns;
  readonly resources: Patterns;
  readonly conditions: readonly Condition[];
}

/** A policy document of IAM, read: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export interface PolicyDocument {
  readonly statements: readonly Statement[];
}

/** More statements than this are refused. */
export const MAX_STATEMENTS = 1_000;
/** Patterns and values of one document, all its lists together. */
const MAX_POLICY_VALUES = 10_000;

/** Why a document is none, in a few words; nothing of it is in them. */
export class PolicyProblem extends Error {}

type Json = Readonly<Record<string, unknown>>;

const VERSIONS: readonly unknown[] = ["2012-10-17", "2008-10-17"];
const KEYS = new Set(["Version", "Id", "Statement"]);
const STATEMENT_KEYS = new Set([
  ...["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"],
]);

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PolicyProblem(`${what} is not an object`);
  return value as Json;
}

class Reader {
  private left = MAX_POLICY_VALUES;

  document(value: unknown): PolicyDocument {
    const document = objectOf(value, "the policy document");
    if (Object.keys(document).some((key) => !KEYS.has(key)))
      throw new PolicyProblem("it has a key unknown here");
    if (document.Version !== undefined && !VERSIONS.includes(document.Version))
      throw new PolicyProblem("its Version is unknown here");
    const { Statement: written } = document;
    const list: readonly unknown[] = Array.isArray(written) ? written : [written];
    if (list.length === 0) throw new PolicyProblem("it has no Statement");
    if (list.length > MAX_STATEMENTS)
      throw new PolicyProblem(`it has more than ${MAX_STATEMENTS} statements`);
    return { statements: list.map((each) => this.statement(each)) };
  }

  private statement(value: unknown): Statement {
    const statement = objectOf(value, "a statement");
    for (const key of Object.keys(statement))
      if (!STATEMENT_KEYS.has(key)) throw new PolicyProblem("a statement has a key unknown here");
    const { Effect: effect, Condition: conditions } = statement;
    if (effect !== "Allow" && effect !== "Deny")
      throw new PolicyProblem("an Effect is neither Allow nor Deny");
    return {
      allow: effect === "Allow",
      actions: this.patterns(statement, "Action", (text) => text.toLowerCase()),
      resources: this.patterns(statement, "Resource", (text) => text),
      conditions: conditions === undefined ? [] : this.conditions(objectOf(conditions, "a Condition")),
    };
  }

  private patterns(statement: Json, name: "Action" | "Resource", read: (text: string) => string): Patterns {
    const [plain, not] = [statement[name], statement[`Not${name}`]];
    if ((plain === undefined) === (not === undefined))
      throw new PolicyProblem(`a statement needs either ${name} or Not${name}`);
    const list = this.texts(plain ?? not, name, (each) => typeof each === "string");
    return { globs: list.map((text) => globOf(read(text))), negated: plain === undefined };
  }

  private conditions(written: Json): readonly Condition[] {
    return Object.entries(written).flatMap(([operator, keys]) =>
      Object.entries(objectOf(keys, "an operator's value")).map(([key, values]) =>
        conditionOf(operator, key, this.texts(values, "a condition", isScalar)),
      ),
    );
  }

  private texts(value: unknown, what: string, sound: (each: unknown) => boolean): readonly string[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0) throw new PolicyProblem(`${what} is an empty list`);
    this.left -= list.length;
    if (this.left < 0) throw new PolicyProblem(`it has more than ${MAX_POLICY_VALUES} patterns and values`);
    if (!list.every(sound)) throw new PolicyProblem(`${what} has something else than texts`);
    return list.map(String);
  }
}

const isScalar = (value: unknown) =>
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value));

/** Throws PolicyProblem. */
export function readPolicy(value: unknown): PolicyDocument {
  return new Reader().document(value);
}
