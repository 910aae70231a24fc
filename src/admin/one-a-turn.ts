import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/**
 * Handles one request a turn of the event loop: several dashboards ask for several things at once, and clients of the front door, whose
 * requests come in on the same loop, wait for one answer at most. Probes are answered at once.
 */
export function oneATurn(handle: RequestListener): RequestListener {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  const next = () => {
    const due = waiting.shift();
    if (due === undefined) return;
    if (waiting.length > 0) setImmediate(next);
    handle(...due);
  };
  return (request, response) => {
    // A probe costs nothing, and who sends it must not wait.
    if (request.url === "/livez" || request.url === "/readyz") handle(request, response);
    else if (waiting.push([request, response]) === 1) setImmediate(next);
  };
}
