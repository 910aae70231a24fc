import { stringify } from "yaml";
import type { ImportedRoute, ImportOptions } from "./contract.ts";
import type { Operation } from "./operations.ts";
import { idOf, type ReadPath, shapeOf } from "./paths.ts";
import type { Json } from "./written-document.ts";

/** What becomes of one operation. */
export interface Plan {
  readonly operation: Operation;
  readonly path: ReadPath;
  readonly side: { readonly upstream: string; readonly path: string | undefined };
  readonly policies: Json;
}

export function nameOf({ method, path }: Operation): string {
  return `${method ?? "ANY"} ${path}`;
}

/** Without plans whose requests an earlier one takes, though it answers them otherwise. */
export function withoutTies(
  plans: readonly Plan[],
  left: (plan: Plan, earlier: Plan) => void,
): readonly Plan[] {
  const first = new Map<string, Plan>();
  return plans.filter((plan) => {
    const key = `${plan.operation.method ?? "*"} ${shapeOf(plan.path.path)}`;
    const earlier = first.get(key) ?? plan;
    first.set(key, earlier);
    const same =
      JSON.stringify([earlier.side, earlier.policies]) === JSON.stringify([plan.side, plan.policies]);
    if (!same) left(plan, earlier);
    return same;
  });
}

/** Operations of one template that are answered alike are one route. */
function grouped(plans: readonly Plan[]): readonly (readonly Plan[])[] {
  const groups = Map.groupBy(plans, ({ path, side, policies, operation }) =>
    JSON.stringify([shapeOf(path.path), side, policies, operation.method === null]),
  );
  return [...groups.values()];
}

/** Routes, as files have them and as a report names them. */
export function routesOf(
  plans: readonly Plan[],
  options: ImportOptions,
  place: (plan: Plan) => string,
  other: string | undefined,
) {
  const taken = new Set<string>();
  const unique = (wanted: string) => {
    let id = wanted;
    for (let i = 2; taken.has(id); i++) id = `${wanted}-${i}`;
    taken.add(id);
    return id;
  };
  const perShape = Map.groupBy(grouped(plans), ([first]) => shapeOf((first as Plan).path.path));
  return [...perShape.values()].flatMap((groups) =>
    groups.map((group): { readonly route: ImportedRoute; readonly written: Json } => {
      const [first] = group as [Plan];
      const methods =
        first.operation.method === null
          ? null
          : [...new Set(group.map(({ operation }) => operation.method as string))];
      const suffix =
        groups.length === 1
          ? ""
          : `.${methods === null ? "any" : methods.map((one) => one.toLowerCase()).join("-")}`;
      const id = unique(`${idOf(first.path.path)}${suffix}`);
      const { upstream, path } = first.side;
      const side = path === undefined ? upstream : { upstream, path };
      const sides =
        options.as === "legacy"
          ? { legacy: side, modern: other ?? side }
          : { ...(other === undefined ? {} : { legacy: other }), modern: side };
      const match = { path: first.path.path, ...(methods === null ? {} : { methods }) };
      const policies = Object.keys(first.policies).length === 0 ? {} : { policies: first.policies };
      return {
        route: { id, path: first.path.path, methods, legacy: upstream, place: place(first) },
        written: { id, match, ...sides, ...policies },
      };
    }),
  );
}

/** In YAML, where `${` begins a reference unless it is one that was meant. */
export function yamlOf(value: unknown): string {
  const escaped = (part: unknown): unknown => {
    if (typeof part === "string") return part.replaceAll(/\$\{(?!vars\.)/g, () => "$${");
    if (Array.isArray(part)) return part.map(escaped);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, escaped(member)]));
  };
  return stringify(escaped(value), { lineWidth: 0, aliasDuplicateObjects: false });
}
