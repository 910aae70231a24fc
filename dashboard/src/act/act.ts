import { cell } from "../state/cell.ts";
import type { Position, ResumeBody, RollbackBody, ShiftBody, StepBody } from "../state/wire.ts";

/** What a person is about to do. */
export type Act =
  | { readonly kind: "shift"; readonly route: string; readonly cohort: string; readonly position: Position }
  /** `to`: back to what held after this revision; left out: undo the newest shift. */
  | { readonly kind: "rollback"; readonly route: string; readonly to?: number }
  | { readonly kind: "rollback all"; readonly to?: number }
  /** Lets a route rise again that a guard took back. */
  | { readonly kind: "resume"; readonly route: string }
  | { readonly kind: "up"; readonly number: number }
  | { readonly kind: "down"; readonly number: number };

/** What the dialog is about; undefined: it is closed. */
export const openedAct = cell<Act | undefined>(undefined);

export function openAct(act: Act): void {
  openedAct.set(act);
}

/** What was typed and chosen. */
export interface Fields {
  readonly reason: string;
  readonly by: string;
  /** Shift: as typed, so that a half-typed number is no error yet. */
  readonly modern: string;
  readonly shadow: string;
  readonly wholeCohort: boolean;
  /** Rollback: the revision to go back to; empty: undo the newest shift. */
  readonly to: string;
  readonly force: boolean;
}

export function firstFields(act: Act, by: string): Fields {
  const { modern, shadow } = act.kind === "shift" ? act.position : { modern: 0, shadow: 0 };
  return {
    reason: "",
    by,
    modern: String(modern),
    shadow: String(shadow),
    wholeCohort: act.kind === "shift" && act.cohort !== act.route,
    to:
      (act.kind === "rollback" || act.kind === "rollback all") && act.to !== undefined ? String(act.to) : "",
    force: false,
  };
}

export interface ActRequest {
  readonly path: string;
  readonly body: Partial<ShiftBody> | Partial<RollbackBody> | Partial<ResumeBody> | Partial<StepBody>;
}

function number(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text);
}

/** Which call of the admin API this is. `expectedRevision`: the one on the screen. */
export function requestOf(act: Act, fields: Fields, expectedRevision: number | undefined): ActRequest {
  const { reason, by, force } = fields;
  const said = { by: by || "dashboard", ...(reason ? { reason } : {}) };
  const to = number(fields.to);
  const back = { ...said, expectedRevision, ...(to === undefined ? {} : { to }) };
  const route = (id: string, verb: string) => `/routes/${encodeURIComponent(id)}/${verb}`;
  switch (act.kind) {
    case "shift": {
      const path = fields.wholeCohort
        ? `/cohorts/${encodeURIComponent(act.cohort)}/shift`
        : route(act.route, "shift");
      const position = { modern: number(fields.modern), shadow: number(fields.shadow) };
      return { path, body: { ...said, ...position, expectedRevision, force } };
    }
    case "rollback":
      return { path: route(act.route, "rollback"), body: back };
    case "rollback all":
      return { path: "/rollback", body: back };
    case "resume":
      return { path: route(act.route, "resume"), body: { ...said, expectedRevision } };
    default:
      return {
        path: `/migrations/${act.kind}`,
        body: { ...said, expectedRevision, expectedStep: act.number, force },
      };
  }
}

export function titleOf(act: Act): string {
  switch (act.kind) {
    case "shift":
      return `Shift ${act.route}`;
    case "rollback":
      return `Roll back ${act.route}`;
    case "rollback all":
      return "Roll back every route";
    case "resume":
      return `Resume ${act.route}`;
    case "up":
      return `Apply step ${act.number}`;
    case "down":
      return `Undo step ${act.number}`;
  }
}

/** Steps carry their own description; everything else asks why. */
export function needsReason(act: Act): boolean {
  return act.kind !== "up" && act.kind !== "down";
}

/** Refusals that somebody who knows better may override. */
export const FORCEABLE: ReadonlySet<string> = new Set(["gate_refused", "drift", "raises_modern"]);

export function canForce(act: Act): boolean {
  return act.kind === "shift" || act.kind === "up" || act.kind === "down";
}
