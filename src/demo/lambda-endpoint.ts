import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listening, type ShopServer } from "./shop-server.ts";

type DemoFunction = (event: never) => Promise<unknown>;

/** Lambda's Invoke (API version 2015-03-31). */
const INVOKE = /^\/2015-03-31\/functions\/([\w-]+)\/invocations$/;

/**
 * What stands in for AWS Lambda: Invoke, for the functions that it is given, in this process. So the demo needs no account. It checks
 * no signature.
 */
export function startLambdaEndpoint(functions: Readonly<Record<string, DemoFunction>>): Promise<ShopServer> {
  const invoke = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const event = Buffer.concat(await request.toArray()).toString("utf8");
    const name = INVOKE.exec(request.url ?? "")?.[1] ?? "";
    const asked = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (asked === undefined) {
      response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" }).end("{}");
      return;
    }
    const returned = await asked(JSON.parse(event) as never);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(returned));
  };
  return listening(
    createServer((request, response) => {
      invoke(request, response).catch(({ message }: Error) => {
        response.writeHead(200, { "x-amz-function-error": "Unhandled" });
        response.end(JSON.stringify({ errorType: "Error", errorMessage: message }));
      });
    }),
  );
}
