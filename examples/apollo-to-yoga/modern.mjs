// The shop on GraphQL Yoga.     usage: node modern.mjs PORT STAGE CARTS_FILE
// STAGE is how far the port is: `moved` starts and answers, `done` has what the shadows found mended.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { cartOf, openCarts, resolversOver, stock, typeDefs } from "./schema.mjs";

const [port, stage, file] = process.argv.slice(2);
const done = stage === "done";

/** A browser of another site can send a GET, or a POST of text, without asking first. Apollo Server refuses them; Yoga leaves it to us. */
const refuseSimpleRequests = {
  onRequest({ request, fetchAPI, endResponse }) {
    const json = request.headers.get("content-type")?.startsWith("application/json");
    if (json || request.headers.has("apollo-require-preflight")) return;
    endResponse(
      fetchAPI.Response.json({ errors: [{ message: "send apollo-require-preflight" }] }, { status: 400 }),
    );
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: resolversOver(openCarts(file)) }),
  logging: false,
  maskedErrors: !done, // Yoga hides what a resolver throws; our clients show it
  plugins: done ? [refuseSimpleRequests] : [],
  context: ({ request: { headers } }) =>
    done
      ? { cart: cartOf(headers.get("cookie")), language: headers.get("accept-language"), stock }
      : { cart: cartOf(headers.get("cookie")), language: headers["accept-language"] }, // stock forgotten, no Node headers any more
});
const server = createServer(yoga).listen(Number(port), "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
// Longer than any proxy keeps an idle connection, so that none is closed under a request.
server.keepAliveTimeout = 120_000;
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
