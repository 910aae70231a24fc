import type { FunctionDoor } from "../../test/e2e/support/function-rows.ts";
import { ANSWERS } from "./answers.ts";
import { REQUESTS } from "./requests.ts";
import { type AnswerRow, differing, type RequestRow } from "./row.ts";

type Doors = Readonly<Record<"1.0" | "2.0", FunctionDoor>>;

/** Fields that stand in every answer, or say how it is framed. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...["connection", "content-length", "date", "keep-alive", "via", "x-request-id", "transfer-encoding"],
]);

/** How a door's rows differ from what is expected, a sentence each; [] : they do not. */
export async function measured(doors: Doors): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const row of REQUESTS) {
    for (const payload of ["1.0", "2.0"] as const) {
      const event = await doors[payload].eventOf(row);
      for (const path of differing(event, payload === "1.0" ? row.one : row.two))
        problems.push(`${row.what}, ${payload}: ${path} of ${JSON.stringify(event)}`);
    }
  }
  for (const row of ANSWERS) problems.push(...(await answered(row, doors)));
  return problems;
}

async function answered(row: AnswerRow, doors: Doors): Promise<readonly string[]> {
  const { status, fields, body } = await doors[row.payload].answerOf(row);
  const same =
    row.status === 502
      ? status === 502
      : JSON.stringify([status, toldOf(fields), body]) === JSON.stringify([row.status, row.fields, row.body]);
  return same ? [] : [`${row.what}, ${row.payload}: ${JSON.stringify([status, fields, body])}`];
}

export function toldOf(fields: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    if (!OWN_FIELDS.has((fields[at] as string).toLowerCase()))
      kept.push(fields[at] as string, fields[at + 1] as string);
  }
  return kept;
}

/** How many rows there are. */
export const COUNTS = { requests: REQUESTS.length, answers: ANSWERS.length } as const;

/** Its name in recordings: rows of one name differ in payload. */
export const keyOf = (row: RequestRow | AnswerRow) =>
  "payload" in row ? `${row.payload} ${row.what}` : row.what;
