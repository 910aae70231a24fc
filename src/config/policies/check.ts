import { type AuthorizerPolicy, identityOf, ttlOf } from "../../domain/policies/authorizer.ts";
import type { Policies } from "../../domain/policies.ts";
import type { RouteDefinition } from "../../domain/route.ts";
import { rewriteOf, templateOf } from "../../routing/index.ts";
import { suggestion } from "../nearest.ts";

/** What is wrong with a route's policies beside its other keys. */
interface PolicyProblem {
  /** Below `policies`. */
  readonly path: readonly [policy: string, ...keys: string[]];
  readonly message: string;
  readonly remedy: string;
}

/** What must hold between a route's policies and the rest of it. */
export function policyProblems(
  { match, policies }: RouteDefinition,
  documents: readonly string[] | undefined,
): readonly PolicyProblem[] {
  return [
    ...redirectProblems(match.path, policies?.redirect?.to),
    ...authorizerProblems(policies?.authorizer),
    ...documentProblems(policies?.validate?.openapi, documents),
    ...limitProblems(policies),
  ];
}

/** Which policies find out what a limit's key is made of. */
const FOUND_BY = { apiKey: ["apiKeys", "authorizer"], claim: ["jwt", "login"] } as const;

/** Where nobody finds it out, all clients would share one limit. */
function limitProblems(policies: Policies | undefined): readonly PolicyProblem[] {
  const sources = policies?.limit?.flatMap(({ key }) => key) ?? [];
  return (["apiKey", "claim"] as const).flatMap((kind) => {
    const needed = FOUND_BY[kind];
    const used = sources.some((source) => source.kind === kind);
    if (!used || needed.some((name) => policies?.[name] !== undefined)) return [];
    return [
      {
        path: ["limit"] as const,
        message: `its key has ${kind === "claim" ? "a claim" : "the API key"}, and no policy of the route finds that out`,
        remedy: `add ${needed.join(" or ")} to the route's policies`,
      },
    ];
  });
}

function documentProblems(
  name: string | undefined,
  documents: readonly string[] | undefined,
): readonly PolicyProblem[] {
  if (name === undefined || documents === undefined || documents.includes(name)) return [];
  const message = `there is no document "${name}"`;
  return [{ path: ["validate", "openapi"], message, remedy: suggestion(name, documents, "documents") }];
}

function redirectProblems(path: string, to: string | undefined): readonly PolicyProblem[] {
  const template = templateOf(path);
  if (to === undefined || "problem" in template) return [];
  const rewrite = rewriteOf(to.replace(/^https?:\/\/[^/]*/i, ""), template.names);
  if (!("problem" in rewrite)) return [];
  return [{ path: ["redirect", "to"], message: rewrite.problem, remedy: rewrite.remedy }];
}

function authorizerProblems(policy: AuthorizerPolicy | undefined): readonly PolicyProblem[] {
  if (policy === undefined) return [];
  const { url, headers, forward, type, payload, validation } = policy;
  const sources = identityOf(policy);
  const problem = (key: string, message: string, remedy: string): PolicyProblem => ({
    path: ["authorizer", key],
    message,
    remedy,
  });
  if (url === undefined && policy.function === undefined)
    return [{ path: ["authorizer"], message: "nobody is asked", remedy: "write `url` or `function`" }];
  if (url !== undefined && policy.function !== undefined)
    return [problem("url", "two are asked", "write `url` or `function`, not both")];
  const problems: PolicyProblem[] = [];
  if (url === undefined && (headers !== undefined || forward.length > 0))
    problems.push(
      problem(
        headers === undefined ? "forward" : "headers",
        "a function's event has every field, and its answer no fields",
        "leave it out; what a function's `context` has goes on by itself",
      ),
    );
  const token = url === undefined && type === "token";
  if (token && (sources.length !== 1 || sources[0]?.kind !== "header"))
    problems.push(problem("identity", "a TOKEN event has the value of one header", "write [header:NAME]"));
  if (token && payload === "2.0")
    problems.push(problem("payload", "a TOKEN event has one form", "leave it out, or write type: request"));
  if (validation !== undefined && sources.length !== 1)
    problems.push(problem("validation", "it is not told what it is for", "name one source in `identity`"));
  if (ttlOf(policy) > 0 && sources.length === 0)
    problems.push(
      problem("ttl", "one client's answer would be kept for all", "name `identity`, or write ttl: 0"),
    );
  return problems;
}
