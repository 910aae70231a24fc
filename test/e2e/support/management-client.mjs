// A program that knows AWS's SDK alone: `node management-client.mjs ENDPOINT`, credentials in the environment; one command a line, `post ID TEXT`,
// `get ID` or `delete ID`, one answer a line.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const load = createRequire(new URL("../../counterparts/package.json", import.meta.url));
const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
  GetConnectionCommand,
  DeleteConnectionCommand,
} = load("@aws-sdk/client-apigatewaymanagementapi");

const client = new ApiGatewayManagementApiClient({ endpoint: process.argv[2], maxAttempts: 1 });
const COMMANDS = {
  post: (ConnectionId, text) => new PostToConnectionCommand({ ConnectionId, Data: text }),
  get: (ConnectionId) => new GetConnectionCommand({ ConnectionId }),
  delete: (ConnectionId) => new DeleteConnectionCommand({ ConnectionId }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, id, ...words] = line.split(" ");
  try {
    const { $metadata, ...answer } = await client.send(COMMANDS[command](id, words.join(" ")));
    console.log(JSON.stringify({ status: $metadata.httpStatusCode, ...answer }));
  } catch (error) {
    console.log(
      JSON.stringify({ status: error.$metadata?.httpStatusCode, error: error.name, message: error.message }),
    );
  }
}
