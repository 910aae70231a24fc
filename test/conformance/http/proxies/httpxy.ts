import { Agent } from "node:http";
import { createProxyServer } from "httpxy";
import { serveOrders } from "./child.ts";
import { answerError, openPeer } from "./peer.ts";

serveOrders(async (upstreamPort, options) => {
  const agent = new Agent({ keepAlive: true });
  const proxy = createProxyServer({
    target: `http://127.0.0.1:${upstreamPort}`,
    agent,
    xfwd: true,
    preserveHeaderKeyCase: true,
    proxyTimeout: Math.min(
      options.responseMs ?? 60_000,
      options.bodyIdleMs ?? 60_000,
      options.connectMs ?? 60_000,
    ),
    timeout: options.bodyIdleMs ?? 60_000,
  });
  proxy.on("error", (error, _request, response) => answerError(error as Error, response as never));
  const swallow = (error: unknown) => void error;
  const opened = await openPeer(
    options,
    (request, response) => void proxy.web(request, response).catch(swallow),
    (request, socket, head) => void proxy.ws(request, socket, {}, head).catch(swallow),
  );
  return {
    ...opened,
    close: () => {
      opened.close();
      agent.destroy();
    },
  };
});
