// The shop on Apollo Server.     usage: node legacy.mjs PORT CARTS_FILE
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { cartOf, openCarts, resolversOver, stock, typeDefs } from "./schema.mjs";

const [port, file] = process.argv.slice(2);
const server = new ApolloServer({ typeDefs, resolvers: resolversOver(openCarts(file)) });
const { url } = await startStandaloneServer(server, {
  listen: { port: Number(port), host: "127.0.0.1" },
  context: async ({ req }) => ({
    cart: cartOf(req.headers.cookie),
    language: req.headers["accept-language"],
    stock,
  }),
});
console.log(JSON.stringify({ url: new URL(url).origin }));
