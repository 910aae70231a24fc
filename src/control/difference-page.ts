import type { Difference, DifferencePage, DifferenceQuery } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import type { MismatchReport } from "./contract.ts";
import type { DifferenceTrends } from "./difference-trends.ts";
import { ignoreAdvice } from "./ignore-advice.ts";
import { mismatches } from "./mismatches.ts";
import { AFTER_EVENT, type Pace } from "./shared-answers.ts";
import { inTurns } from "./turns.ts";

const ROWS_A_TURN = 200;
/** Pages of at most this many rows, and this many pages of one reading, are made once for all readers. */
const MAX_SHARED_ROWS = 100;
const MAX_SHARED_PAGES = 16;
/** Routes and rows together. */
const FEW = 500;

type Row = Omit<Difference, "withheld">;

/** What one reading of the store found, most frequent first. */
export interface DifferenceReading {
  readonly rows: readonly Row[];
  readonly routes: number;
  readonly pages: Map<string, DifferencePage>;
}

export async function readDifferences(
  context: ControlContext,
  route: string | undefined,
  trends: DifferenceTrends,
): Promise<DifferenceReading> {
  const reports: readonly MismatchReport[] = await mismatches(context, route);
  const { routes } = context.facts.config();
  const { byId } = context.index.of(routes);
  const rows: Row[] = [];
  for await (const report of inTurns(reports, ROWS_A_TURN)) {
    const definition = byId.get(report.route);
    const ignore = definition === undefined ? [] : ignoreAdvice(definition, report);
    rows.push({ ...report, ignore, lately: trends.note(report, context.clock.now()) });
  }
  return { rows, routes: routes.length, pages: new Map() };
}

/** For all routes: few routes are read again within half a second of an event; many keep to their share of the time. */
export function paceOfDifferences({ rows, routes }: DifferenceReading): Pace {
  return rows.length + routes <= FEW ? AFTER_EVENT : { atLeast: 0 };
}

/** Keys whose line has numbers that were worked out from values of real answers. */
const FROM_VALUES: ReadonlySet<string> = new Set(["nulls", "status", "tolerance"]);

function withoutValues({ ignore, cascade }: Row): Pick<Row, "samples" | "ignore" | "cascade"> {
  return {
    samples: [],
    ignore: ignore.filter(({ key }) => !FROM_VALUES.has(key)),
    ...(cascade && {
      cascade: cascade.map((each) => ({ ...each, legacy: undefined, modern: undefined })),
    }),
  };
}

export function differencePage(reading: DifferenceReading, query: DifferenceQuery): DifferencePage {
  const key = JSON.stringify(query);
  const known = reading.pages.get(key);
  if (known !== undefined) return known;
  const { kind, limit, offset, withheld } = query;
  const part = query.query?.toLowerCase() ?? "";
  const holds = (text: string) => part === "" || text.toLowerCase().includes(part);
  const found = reading.rows.filter(
    (row) =>
      (kind === undefined || row.kind === kind) &&
      (query.path === undefined || row.path === query.path) &&
      (holds(row.path) || holds(row.route)),
  );
  const rows = found
    .slice(offset, offset + limit)
    .map((row) => ({ ...row, ...(withheld ? withoutValues(row) : {}), withheld }));
  if (limit > MAX_SHARED_ROWS) return { total: found.length, rows };
  const page = { total: found.length, rows: Object.freeze(rows) };
  if (reading.pages.size < MAX_SHARED_PAGES) reading.pages.set(key, page);
  return page;
}
