/** The rows of a text in CSV (RFC 4180), with LF too, and without empty lines. Undefined: a quote is not closed. */
export function csvRows(text: string): readonly (readonly string[])[] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  const body = text.replace(/^\uFEFF/, "");
  while (cell.lastIndex < body.length) {
    const found = cell.exec(body);
    if (found === null) return undefined;
    const [, quoted, plain = "", end] = found;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") {
      if (cell.lastIndex === body.length) row.push("");
      else continue;
    }
    if (row.some((each) => each !== "")) rows.push(row);
    row = [];
  }
  if (row.some((each) => each !== "")) rows.push(row);
  return rows;
}
