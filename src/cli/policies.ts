import type { PolicyReport, RoutePolicies } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { countOf, countText } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { type TargetOptions, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { cut, wrap } from "./width.ts";

/** Routes asked for at once. */
const PAGE = 500;

export const policiesCommand: CliCommand = {
  name: "policies",
  register(program, context) {
    const command = program
      .command("policies")
      .description("what the policies of each route said of requests on a front door, most refusals first")
      .argument("[route]", "only this route");
    withTarget(command).action((route: string | undefined, options: TargetOptions) =>
      context.run(() => policies(context, route, options)),
    );
    withExamples(command, "fig policies", "fig policies orders.read", "fig policies --json");
  },
};

async function policies(
  context: CliContext,
  route: string | undefined,
  options: TargetOptions,
): Promise<number> {
  return onTarget(context, options, "read", async ({ control, where }) => {
    const asked = { route, query: undefined, limit: PAGE };
    const first = await control.policies({ ...asked, offset: 0 });
    const routes = [...first.routes];
    while (routes.length < first.total) {
      const { routes: more } = await control.policies({ ...asked, offset: routes.length });
      if (more.length === 0) break;
      routes.push(...more);
    }
    const report: PolicyReport = { ...first, routes };
    if (options.json === true) context.terminal.json(report);
    else print(context, report, where);
    return EXIT.done;
  });
}

function print({ terminal: { line, paint } }: CliContext, report: PolicyReport, where: string): void {
  const { routes, codes, limited } = report;
  if (routes.length === 0) {
    line("no policy is in force: `policies:` in fig.yaml or in a route has them");
    return;
  }
  line(paint.dim(`since ${where} started`));
  for (const row of routes) {
    const refused = row.refused === 0 ? "" : `, ${countText(row.refused)} refused`;
    line(
      `${paint.bold(printable(row.route))}: ${countOf(row.policies.length, "policy", "policies")}${refused}`,
    );
    for (const policy of row.policies) for (const text of wrap(policyText(policy), 76)) line(`  ${text}`);
  }
  if (codes.length > 0) line("answers of the front door's own");
  for (const { code, status, count } of codes)
    line(`${countText(count).padStart(9)}  ${String(status ?? "").padEnd(3)}  ${cut(printable(code), 60)}`);
  if (limited.length > 0) line("whom limits refused");
  for (const { route, limit, key, count } of limited)
    line(
      `${countText(count).padStart(9)}  ${cut(printable(`${key || "all requests"}: ${route}, ${limit}`), 66)}`,
    );
}

function policyText({ policy, inForce, verdicts }: RoutePolicies["policies"][number]): string {
  const said = verdicts.map(({ verdict, count }) => `${verdict} ${countText(count)}`);
  const words = said.length === 0 ? "nothing yet" : said.join(", ");
  return printable(`${policy}${inForce ? "" : " (no longer in force)"}: ${words}`);
}
