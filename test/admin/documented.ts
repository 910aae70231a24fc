import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { OPERATIONS } from "../../src/admin/operations.ts";

/** Ids of the operations that answered in this test file. */
export const answered = new Set<string>();
const undocumented: unknown[] = [];

// Every admin of a test file that imports this acts by the one table, so that no answer of theirs is passed over.
for (const row of OPERATIONS) {
  const { response, run } = row;
  if (typeof response === "string") continue;
  (row as { run: typeof run }).run = async (deps, input) => {
    const answer = await run(deps, input);
    const sent: unknown = JSON.parse(JSON.stringify(answer.body));
    // Parsing leaves out what the schema does not know: the same means that nothing is undocumented.
    const { data, error } = response.safeParse(sent);
    if (!isDeepStrictEqual(data, sent)) undocumented.push({ operation: row.id, sent, known: data ?? error });
    answered.add(row.id);
    return answer;
  };
}

/** Fails if an operation answered what its schema in the OpenAPI document does not say. */
export function expectDocumented(): void {
  expect(undocumented.splice(0)).toEqual([]);
}
