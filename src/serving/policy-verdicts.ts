import type { PolicyName } from "../domain/policies.ts";

/** How often each policy said what, since the process began. Verdicts are words of a short list, so it is bounded by the files. */
export class PolicyVerdicts {
  private readonly routes = new Map<string, Map<PolicyName, Map<string, { count: number }>>>();

  add(route: string, policy: PolicyName, verdict: string): void {
    const known = this.routes.get(route)?.get(policy)?.get(verdict);
    if (known !== undefined) known.count++;
    else this.first(route, policy, verdict);
  }

  /** By `route policy verdict` with tabs between them. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [route, policies] of this.routes)
      for (const [policy, verdicts] of policies)
        for (const [verdict, { count }] of verdicts) counts[`${route}\t${policy}\t${verdict}`] = count;
    return counts;
  }

  private first(route: string, policy: PolicyName, verdict: string): void {
    const policies = this.routes.get(route) ?? new Map<PolicyName, Map<string, { count: number }>>();
    const verdicts = policies.get(policy) ?? new Map<string, { count: number }>();
    this.routes.set(route, policies.set(policy, verdicts.set(verdict, { count: 1 })));
  }
}
