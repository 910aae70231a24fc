import { FigError } from "../../domain/errors.ts";
import { list, mapping, type WrittenDocument } from "./written-document.ts";

const WEBSOCKET =
  "write it under `websockets` of a routes file: $connect, $disconnect, $default and each route key (docs/how-to/websocket-api.md)";

/** What somebody may take for an export of an API, and is none. Throws `invalid_document`, with what to do. */
export function refuseOthers({ value, place }: WrittenDocument): void {
  const refuse = (at: readonly (string | number)[], message: string, remedy: string): never => {
    throw new FigError("invalid_document", `${place(at)}: ${message}`, { remedy });
  };
  const routes = list(value.Items).map((item) => String(mapping(item).RouteKey ?? ""));
  const websocket = [value.ProtocolType, value.protocolType].includes("WEBSOCKET");
  if (websocket || routes.some((key) => key === "$connect" || key === "$disconnect"))
    refuse(
      websocket ? [] : ["Items"],
      "this is a WebSocket API, which API Gateway does not export",
      WEBSOCKET,
    );
  if (routes.some((key) => key !== ""))
    refuse(
      ["Items"],
      "these are routes without what they ask (get-routes)",
      "an HTTP API is exported by `aws apigatewayv2 export-api`; the routes of a WebSocket API are written under `websockets`",
    );
  if (value.AWSTemplateFormatVersion !== undefined || value.Resources !== undefined)
    refuse(
      ["Resources"],
      "this is a template of CloudFormation",
      "export the stage that it made: `aws apigateway get-export`",
    );
  if (value.asyncapi !== undefined)
    refuse(["asyncapi"], "this is AsyncAPI, which describes messages", WEBSOCKET);
}
