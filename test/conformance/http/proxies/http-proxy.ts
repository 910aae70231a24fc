import { Agent } from "node:http";
import httpProxy from "http-proxy";
import { serveOrders } from "./child.ts";
import { answerError, openPeer } from "./peer.ts";

serveOrders(async (upstreamPort, options) => {
  const agent = new Agent({ keepAlive: true });
  const proxy = httpProxy.createProxyServer({
    target: `http://127.0.0.1:${upstreamPort}`,
    agent,
    xfwd: true,
    proxyTimeout: Math.min(
      options.responseMs ?? 60_000,
      options.bodyIdleMs ?? 60_000,
      options.connectMs ?? 60_000,
    ),
    timeout: options.bodyIdleMs ?? 60_000,
  });
  proxy.on("error", (error, _request, response) => answerError(error, response));
  const opened = await openPeer(
    options,
    (request, response) => proxy.web(request, response),
    (request, socket, head) => proxy.ws(request, socket, head),
  );
  return {
    ...opened,
    close: () => {
      opened.close();
      agent.destroy();
    },
  };
});
