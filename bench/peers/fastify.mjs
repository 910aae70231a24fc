import fastifyHttpProxy from "@fastify/http-proxy";
import fastify from "fastify";

const [port, upstreamPort] = process.argv.slice(2);
const server = fastify({ logger: false });
await server.register(fastifyHttpProxy, {
  upstream: `http://127.0.0.1:${upstreamPort}`,
  // The undici pool behind it keeps its connections, like every peer's.
  undici: { connections: 256, pipelining: 1, keepAliveTimeout: 60_000 },
});
await server.listen({ port: Number(port), host: "127.0.0.1" });
