import { expect, test } from "vitest";
import { csvRows } from "../../src/cli/csv.ts";

test.each<[string, string, readonly (readonly string[])[] | undefined]>([
  [
    "plain cells",
    "a,b\r\nc,d\r\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "lines that end with LF, and the last one not at all",
    "a,b\nc,d",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "quotes, commas and line ends in quotes",
    '"a,b","says ""hi""","x\r\ny"\n',
    [["a,b", 'says "hi"', "x\r\ny"]],
  ],
  [
    "empty cells and lines",
    'a,,\n\n,\n\r\nb,"",c\n',
    [
      ["a", "", ""],
      ["b", "", "c"],
    ],
  ],
  ["a byte order mark", "\ufeffName,Key\n", [["Name", "Key"]]],
  ["nothing", "", []],
  ["a cell at the very end", "a,", [["a", ""]]],
  ["a quote that is not closed", '"a,b\n', undefined],
  ["a quote inside a plain cell", 'a"b,c\n', undefined],
  ["text behind a quote", '"a"b,c\n', undefined],
])("%s", (_what, text, rows) => {
  expect(csvRows(text)).toEqual(rows);
});
