import { type AutopilotOrder, setbackSince } from "../../domain/autopilot.ts";
import { FigError } from "../../domain/errors.ts";
import { moveTimesText } from "../../domain/move-times.ts";
import { withoutSecrets } from "../../domain/redaction.ts";
import type { ControlContext } from "../context.ts";
import type { AutopilotBody, AutopilotControl, AutopilotStartBody, AutopilotStatus } from "../contract.ts";
import { checkAuthor } from "../requests.ts";
import { awayNow, orSaidAway, unknownOf } from "../unknown.ts";
import { lookAt } from "./look.ts";
import { readOrder, swapOrder } from "./order.ts";

/** Writers at once that one gives way to. */
const MAX_TRIES = 20;

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

async function status(context: ControlContext): Promise<AutopilotStatus> {
  const { stored, step, times, gates, decision, waitedMs, overdue } = await lookAt(context);
  const { by = "", reason = "", at = "", to } = stored?.order ?? {};
  const { state, waitsFor = null, says, expectedAt, stuck } = decision;
  const away = awayNow(context, stored === undefined);
  return {
    ...{ state, reason, waitsFor, says, stuck, overdue, gates },
    by: by === "" ? null : by,
    at: at === "" ? null : at,
    to: to ?? null,
    step: step === undefined ? null : { number: step.number, name: step.name, description: step.description },
    expectedAt: iso(expectedAt),
    waitedMs: Math.round(waitedMs),
    times: {
      text: moveTimesText(times) ?? null,
      waitMs: times.waitMs,
      patienceMs: times.patienceMs,
    },
    ...(away === undefined ? {} : { unknown: unknownOf(away, undefined) }),
  };
}

type Said = Pick<AutopilotOrder, "mode"> & Partial<Pick<AutopilotOrder, "to" | "since">>;

/** Replaces what was said before by what `next` makes of it; undefined: it is so already. */
async function tell(
  context: ControlContext,
  { by, reason = "" }: AutopilotBody,
  next: (order: AutopilotOrder, revision: number) => Said | undefined,
): Promise<AutopilotStatus> {
  const { store, clock, facts, ledger } = context;
  checkAuthor({ by, reason: reason === "" ? "none" : reason });
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { version, order } = await readOrder(store);
    const { revision } = await ledger.read(facts.config().routes);
    const said = next(order, revision);
    if (said === undefined) return status(context);
    const at = iso(clock.now()) as string;
    const told = { ...order, ...said, by: withoutSecrets(by), reason: withoutSecrets(reason), at };
    if (await swapOrder(store, version, told)) return status(context);
  }
  throw new FigError(
    "conflict",
    "others tell the autopilot something else at the same time, again and again",
    {
      remedy: "look at its status, and say it once more",
    },
  );
}

function refused(message: string, remedy: string): FigError {
  return new FigError("refused", message, { remedy });
}

function start(context: ControlContext, request: AutopilotStartBody): Promise<AutopilotStatus> {
  const { to } = request;
  if (to !== undefined && !context.facts.config().migrations.some(({ number }) => number === to)) {
    throw new FigError("invalid_request", `there is no step ${to} to go to`, {
      remedy: "fig migrate status lists the steps",
    });
  }
  return tell(context, request, (_order, since) => ({ mode: "running", to, since }));
}

/** A pause by itself, after a setback, is no order: to pause it for good is one. */
function pause(context: ControlContext, request: AutopilotBody): Promise<AutopilotStatus> {
  return tell(context, request, ({ mode }) => {
    if (mode === "off") throw refused("the autopilot is off", "start it with `fig autopilot start`");
    return mode === "paused" ? undefined : { mode: "paused" };
  });
}

async function resume(context: ControlContext, request: AutopilotBody): Promise<AutopilotStatus> {
  const state = await context.ledger.read(context.facts.config().routes);
  return tell(context, request, ({ mode, since }, revision) => {
    if (mode === "off") throw refused("the autopilot is off", "start it with `fig autopilot start`");
    // Whoever resumes it has seen what was taken back.
    if (mode === "running" && setbackSince(state, since) === undefined) return undefined;
    return { mode: "running", since: revision };
  });
}

export function createAutopilot(context: ControlContext): AutopilotControl {
  return {
    status: () => orSaidAway(context, status(context)),
    start: async (request) => start(context, request),
    pause: (request) => pause(context, request),
    resume: (request) => resume(context, request),
    stop: (request) =>
      tell(context, request, ({ mode }) => (mode === "off" ? undefined : { mode: "off", to: undefined })),
  };
}
