import { figErrorOf } from "../../domain/errors.ts";
import { plainComparison } from "../../domain/outcomes.ts";
import type { CreateServing, ServingEvents, WorkerMessages } from "../contract.ts";
import type { Channel, ErrorMessage, Order, Said } from "./messages.ts";

function errorMessage(error: unknown): ErrorMessage {
  const known = figErrorOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return { code: known?.code ?? "bug", message, remedy: known?.remedy, details: known?.details };
}

/** The far end: what serves, told and telling by messages alone. */
export function serveOver(
  channel: Channel,
  config: Parameters<CreateServing>[0],
  create: (...args: Parameters<CreateServing>) => WorkerMessages,
): void {
  const say = (said: Said) => channel.post(said);
  const event =
    (name: keyof ServingEvents) =>
    (...args: unknown[]) =>
      say({ kind: "event", name, args });
  const serving = create(config, {
    onProblems: event("onProblems"),
    // A message is a copy of values.
    onComparisons: (told) => event("onComparisons")(told.map(plainComparison)),
    onWholes: event("onWholes"),
    onStopped: event("onStopped"),
    onInvalidated: event("onInvalidated"),
    onSessionsEnded: event("onSessionsEnded"),
    onWitnesses: event("onWitnesses"),
    onPinned: event("onPinned"),
    onKeys: event("onKeys"),
    onSeat: event("onSeat"),
    onSocketAsk: event("onSocketAsk"),
    onLimitAsks: event("onLimitAsks"),
  });
  const streams = new Map<number, AsyncIterator<unknown>>();
  channel.onMessage((message) => obey(serving, streams, message as Order, say));
}

function obey(
  serving: WorkerMessages,
  streams: Map<number, AsyncIterator<unknown>>,
  order: Order,
  say: (said: Said) => void,
): void {
  if (order.kind === "limits") {
    serving.limitAnswers(order.answers);
    return;
  }
  const { id } = order;
  const failed = (error: unknown) => say({ kind: "error", id, error: errorMessage(error) });
  if (order.kind === "call") {
    const method = serving[order.method] as (...args: readonly unknown[]) => Promise<unknown>;
    method.apply(serving, [...order.args]).then((value) => say({ kind: "answer", id, value }), failed);
  } else if (order.kind === "open") {
    streams.set(id, serving[order.method]()[Symbol.asyncIterator]());
  } else if (order.kind === "next") {
    const part = (result: IteratorResult<unknown>) => {
      if (result.done === true) streams.delete(id);
      say({ kind: "part", id, part: result });
    };
    streams.get(id)?.next().then(part, failed);
  } else {
    streams
      .get(id)
      ?.return?.()
      .catch(() => {});
    streams.delete(id);
  }
}
