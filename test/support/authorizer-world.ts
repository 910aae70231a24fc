import type { Ask, Question, Reply } from "../../src/asking/contract.ts";
import type { Invocation, Invoked, InvokeFunction } from "../../src/aws/contract.ts";
import { authorizerSchema } from "../../src/config/policies/authorizer.ts";
import type { AuthorizerPolicy } from "../../src/domain/policies/authorizer.ts";
import { VerdictCache } from "../../src/layers/authorizer/kept-verdicts.ts";
import { authorizer } from "../../src/layers/authorizer.ts";
import type { AuthorizerCounts, Authorizers } from "../../src/layers/contract.ts";
import { ExchangeWorld, type ExchangeWorldOptions } from "./exchange-world.ts";

/** A policy as the files' reader makes it. */
export function policyOf(written: object): AuthorizerPolicy {
  return authorizerSchema.parse(written);
}

export const REGION_ARN = "arn:aws:execute-api:us-east-1:000000000000:fig/prod";

export const statement = (effect: "Allow" | "Deny", resource: unknown = "*") => ({
  ...{ Action: "execute-api:Invoke", Effect: effect, Resource: resource },
});

/** What a function returns: its answer as JSON, or a text as it is. */
export function returned(answer: unknown): Invoked {
  return {
    kind: "returned",
    payload: Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer)),
  };
}

export function policyAnswer(statements: unknown, more: object = {}): Invoked {
  return returned({
    principalId: "user-7",
    policyDocument: { Version: "2012-10-17", Statement: statements },
    ...more,
  });
}

export function replied(status: number, headers: readonly string[] = [], body = ""): Reply {
  return { kind: "answered", status, headers, body: Buffer.from(body) };
}

/** Authorizers that the test plays. */
export class PlayedAuthorizers implements Authorizers {
  readonly counts: AuthorizerCounts = { calls: {}, cache: {}, limits: {}, underWay: 0, waiting: 0 };
  readonly questions: Question[] = [];
  readonly invocations: Invocation[] = [];
  readonly said: string[] = [];
  nowMs = 0;
  readonly kept = new VerdictCache({ nowMs: () => this.nowMs, onEvicted: () => {} });
  answer: (question: Question) => Promise<Reply> | Reply = () => replied(200);
  result: (invocation: Invocation) => Promise<Invoked> | Invoked = () => policyAnswer(statement("Allow"));

  readonly ask: Ask = async (question) => {
    this.questions.push(question);
    return this.answer(question);
  };

  readonly invoke: InvokeFunction = async (invocation) => {
    this.invocations.push(invocation);
    return this.result(invocation);
  };

  failed(route: string, detail: string): void {
    this.said.push(`${route}: ${detail}`);
  }

  apiKey(value: string) {
    return value === "key-of-gold" ? { id: "k1", plan: "gold" } : undefined;
  }

  get events() {
    return this.invocations.map(({ payload }) => JSON.parse(String(payload)));
  }
}

/** A turn or two, in which promises that have settled are heard of. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** An exchange before one route with this policy. */
export function authorizerWorld(written: object, options: ExchangeWorldOptions = {}) {
  const authorizers = new PlayedAuthorizers();
  const world = new ExchangeWorld({
    doorLayers: [authorizer, ...(options.doorLayers ?? [])],
    ...options,
    authorizers,
    definition: { ...options.definition, policies: { authorizer: policyOf(written) } },
  });
  const ask = async (head: Parameters<ExchangeWorld["request"]>[0] = {}) => {
    const lane = world.request({ ...head, headers: ["Host", "shop.test", ...(head?.headers ?? [])] });
    await settle();
    return lane;
  };
  return { world, authorizers, ask };
}
