import { FigError } from "../../domain/errors.ts";
import { shadowSideOf } from "../../domain/shadow-eligibility.ts";
import type { ImportOptions, ImportResult } from "./contract.ts";
import { corsOf, isCorsMock } from "./cors.ts";
import { fromResources } from "./get-resources.ts";
import { nameLeftOver } from "./left-over.ts";
import { misfitsOf, operationsOf, resolved } from "./operations.ts";
import { refuseOthers } from "./other-documents.ts";
import { nameOf, routesOf, withoutTies, yamlOf } from "./route-files.ts";
import { Work } from "./work.ts";
import { mapping, readWritten, text } from "./written-document.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

/** Makes files of an OpenAPI document, or of an export of API Gateway. Throws `invalid_document`. */
export function importOpenApi(file: string, source: string, options: ImportOptions): ImportResult {
  const given = readWritten(file, source);
  refuseOthers(given);
  const document = Array.isArray(given.value.items) ? fromResources(given) : given;
  const { value } = document;
  const version = text(value.openapi) ?? text(value.swagger) ?? String(value.swagger ?? value.openapi ?? "");
  if (!/^(?:3\.[01]\.|3\.[01]$|2\.0$|2$)/.test(version))
    throw new FigError(
      "invalid_document",
      `${document.place([])}: this is no OpenAPI 3.0 or 3.1, and no Swagger 2.0`,
      {
        remedy: `its first keys name ${version === "" ? "no version" : `version ${version}`}: convert it, or export it anew`,
      },
    );
  const operations = operationsOf(document);
  const work = new Work(document, operations, options);
  if (operations.length === 0) {
    const [[at, misfit] = [["paths"], undefined]] = misfitsOf(document);
    throw new FigError("invalid_document", `${document.place(at)}: there is no path with a method`, {
      remedy:
        misfit ??
        (value.webhooks === undefined
          ? "give a document that describes operations"
          : "its webhooks are requests that the API itself sends: they pass no route"),
    });
  }
  const hasRoot = operations.some(({ path, method }) => path === "/" && method === null);
  const shared = mapping(value["x-amazon-apigateway-cors"]);
  const byPath = Map.groupBy(operations, ({ path }) => path);
  const all = [...byPath.values()].flatMap((those) => {
    const preflight = those.find((operation) => isCorsMock(operation, value));
    const cors =
      preflight !== undefined
        ? corsOf(resolved(value, preflight.value[INTEGRATION]), (what) =>
            work.note("left", preflight.at, what),
          )
        : Object.keys(shared).length > 0
          ? corsOf({ shared }, (what) => work.note("left", ["x-amazon-apigateway-cors"], what))
          : undefined;
    const others = those.filter(
      (operation) => operation !== preflight || those.length === 1 || cors === undefined,
    );
    return others.flatMap((operation) => {
      const { path } = operation;
      const places = path === "$default" ? ["/{proxy+}", ...(hasRoot ? [] : ["/"])] : [path];
      return places.flatMap((place) => work.plan(operation, place, cors) ?? []);
    });
  });
  const plans = withoutTies(all, ({ operation }, { operation: earlier }) => {
    const rest = operation.path === "$default" && !hasRoot;
    const lost = rest ? "/ alone goes to it" : "no route was made of it";
    work.note(
      "left",
      operation.at,
      `${nameOf(operation)}: ${lost}, since ${nameOf(earlier)} takes the same requests`,
    );
  });
  nameLeftOver(document, operations, work.isGateway, (at, message) => work.note("left", at, message));
  const other = options.other === undefined ? undefined : shadowSideOf(options.as);
  if (other !== undefined && options.other !== undefined) work.upstreams.set(other, options.other);
  const made = routesOf(plans, options, ({ operation }) => document.place(operation.at), other);
  for (const { route } of made)
    work.notes.push({
      level: "imported",
      place: route.place,
      message: `${route.methods?.join(", ") ?? "ANY"} ${route.path} as route ${route.id}`,
    });
  const title = text(mapping(value.info).title) ?? "api";
  const usesDocument = plans.some(({ policies }) => policies.validate !== undefined);
  const keys = {
    ...(Object.keys(work.vars).length === 0 ? {} : { vars: work.vars }),
    ...(usesDocument ? { documents: { api: options.documentPath } } : {}),
    upstreams: Object.fromEntries(work.upstreams),
  };
  const fallback = options.as === "legacy" ? (work.upstreams.has("api") ? "api" : undefined) : other;
  const slug =
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "api";
  const head = `# Made of ${file.split("/").at(-1)} by fig import. Check it with \`fig check\`.\n`;
  return {
    title,
    routes: made.map(({ route }) => route),
    upstreams: [...work.upstreams.keys()],
    routesFile: {
      path: `routes/${slug.slice(0, 60)}.yaml`,
      text: `${head}${yamlOf({ routes: made.map(({ written }) => written) })}`,
    },
    fig: `${head}${yamlOf({
      ...{ listen: "127.0.0.1:8080", admin: "127.0.0.1:9901", state: "sqlite:.fig/state.db" },
      ...(fallback === undefined ? {} : { default: fallback }),
      ...keys,
    })}`,
    additions: yamlOf(keys),
    notes: work.notes,
  };
}
