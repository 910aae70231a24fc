/** The thread that owns the state file: a sync to disk here stalls no client of the front door. */
import { parentPort, workerData } from "node:worker_threads";
import { storeErrorOf } from "./sqlite-errors.ts";
import type { StoredError, WorkerMessage, WorkerSettings } from "./sqlite-protocol.ts";
import type { CallMessage, Session } from "./sqlite-session.ts";

/** How often new entries of other processes are looked for. */
const POLL_MS = 100;
/** While the file is gone: after this many polls the worker tries to open whatever is at its path. */
const POLLS_TO_REOPEN = 5;

/** Answers calls until it is closed, and says what other processes write and whether the file is there. */
function serve(
  settings: WorkerSettings,
  open: (settings: WorkerSettings) => Session,
  send: (message: WorkerMessage) => void,
) {
  let session = open(settings);
  let healthy = true;
  let polls = 0;
  let told = session.head.revision;

  /** Whoever found the newest entry: a refused append finds it too. */
  function tellHead(): void {
    const { head } = session;
    if (head.revision <= told) return;
    told = head.revision;
    send({ type: "head", head });
  }

  function reopen(): void {
    const { head, stateId } = session;
    const next = open({ ...settings, stateId, known: head });
    session.close();
    session = next;
  }

  function poll(always = false): void {
    polls++;
    try {
      if (!healthy && polls % POLLS_TO_REOPEN === 0 && session.moved()) reopen();
      session.poll(always || !healthy);
      tellHead();
      if (healthy) return;
      healthy = true;
      send({ type: "health", error: undefined });
    } catch (error) {
      if (!healthy) return;
      healthy = false;
      send({ type: "health", error: storedError(error, settings.path) });
    }
  }

  function answerOf({ name, takes }: CallMessage): unknown {
    if (name === "close") {
      clearInterval(timer);
      session.close();
      return undefined;
    }
    session.ensureInPlace();
    const durable = name === "append" || name === "swapRecord" || name === "putApiKeys";
    if (durable) session.ensureReadable();
    const gives = (session.calls[name] as (takes: unknown) => unknown)(takes);
    // What goes to a file that is no longer at its path does not count as written.
    if (durable) session.ensureInPlace();
    return gives;
  }

  const timer = setInterval(poll, POLL_MS);
  send({ type: "ready", stateId: session.stateId, head: session.head });
  return (message: CallMessage): void => {
    const { id, name } = message;
    try {
      send({ type: "given", id, gives: answerOf(message) });
      if (name === "append") poll(true);
    } catch (error) {
      send({ type: "refused", id, error: storedError(error, settings.path) });
    }
  };
}

function storedError(error: unknown, path: string): StoredError {
  const { code, message, remedy } = storeErrorOf(error, path);
  return { code, message, remedy };
}

/** Node 22 says each time that node:sqlite is experimental; it is loaded late so that this one warning can be dropped. */
async function loadSqlite() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!/SQLite is an experimental/.test(String(warning)))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  return (await import("./sqlite-session.ts")).openSession;
}

async function run(port: NonNullable<typeof parentPort>, settings: WorkerSettings): Promise<void> {
  const send = (message: WorkerMessage) => port.postMessage(message);
  const open = await loadSqlite();
  try {
    const answer = serve(settings, open, send);
    port.on("message", (message: CallMessage) => {
      answer(message);
      if (message.name === "close") port.close();
    });
  } catch (error) {
    send({ type: "failed", error: storedError(error, settings.path) });
  }
}

if (parentPort !== null) await run(parentPort, workerData as WorkerSettings);
