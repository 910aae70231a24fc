import { describe, expect, test } from "vitest";
import { folder, run, shop } from "./support.ts";

/** What is typed, and exactly what is said; exit code 2 for all of them. */
const WRONG: readonly (readonly [argv: readonly string[], message: string, remedy: string])[] = [
  [["stauts"], "unknown command 'stauts'", "Did you mean status?"],
  [["zzz"], "unknown command 'zzz'", "run it with --help to see what it takes"],
  [["migrate", "upp"], "unknown command 'upp'", "Did you mean up?"],
  [["status", "--jsn"], "unknown option '--jsn'", "Did you mean --json?"],
  [["shift", "a", "--modren", "5"], "unknown option '--modren'", "Did you mean --modern?"],
  [
    ["status", "extra"],
    "too many arguments for 'status'. Expected 0 arguments but got 1: extra.",
    "run it with --help to see what it takes",
  ],
  [
    ["serve", "-c"],
    "option '-c, --config <file>' argument missing",
    "run it with --help to see what it takes",
  ],
  [
    ["shift", "a", "--modern", "101", "--reason", "x"],
    "option '--modern <percent>' argument '101' is invalid. a percentage from 0 to 100 with at most two decimals is needed.",
    "run it with --help to see what it takes",
  ],
  [
    ["shift", "a", "--modern", "-5", "--reason", "x"],
    "option '--modern <percent>' argument '-5' is invalid. a percentage from 0 to 100 with at most two decimals is needed.",
    "run it with --help to see what it takes",
  ],
  [
    ["shift", "a", "--shadow", "12.345", "--reason", "x"],
    "option '--shadow <percent>' argument '12.345' is invalid. a percentage from 0 to 100 with at most two decimals is needed.",
    "run it with --help to see what it takes",
  ],
  [
    ["shift", "a", "--modern", "ten", "--reason", "x"],
    "option '--modern <percent>' argument 'ten' is invalid. a percentage from 0 to 100 with at most two decimals is needed.",
    "run it with --help to see what it takes",
  ],
  [
    ["shift", "--modern", "5", "--reason", "x"],
    "neither a route nor --cohort was given",
    "name the route, or its cohort with --cohort",
  ],
  [
    ["shift", "a", "--cohort", "b", "--modern", "5", "--reason", "x"],
    "a route and --cohort were both given",
    "give one of them",
  ],
  [
    ["shift", "a", "--reason", "x"],
    "there is nothing to change",
    "give --modern, --shadow, or --fresh for a new evidence window",
  ],
  [
    ["shift", "a", "--modern", "5"],
    "required option '--reason <text>' not specified",
    'say why: --reason "..."; the ledger keeps it',
  ],
  [
    ["shift", "a", "--modern", "5", "--reason", " "],
    "option '--reason <text>' argument ' ' is invalid. it must not be empty.",
    "run it with --help to see what it takes",
  ],
  [
    ["shift", "a", "--modern", "5", "--reason", "x", "--expect-revision", "1.5"],
    "option '--expect-revision <n>' argument '1.5' is invalid. a revision is a whole number from 0, as `fig history` shows it.",
    "run it with --help to see what it takes",
  ],
  [
    ["rollback", "--reason", "x"],
    "neither a route nor --all was given",
    "name the route, or every route with --all",
  ],
  [["rollback", "a", "--all", "--reason", "x"], "a route and --all were both given", "give one of them"],
  [
    ["rollback", "a"],
    "required option '--reason <text>' not specified",
    'say why: --reason "..."; the ledger keeps it',
  ],
  [
    ["migrate", "to", "three"],
    "command-argument value 'three' is invalid for argument 'n'. a step is a migration's number, e.g. 3 for 0003-name.yaml; 0 is before the first.",
    "run it with --help to see what it takes",
  ],
  [["migrate", "to"], "missing required argument 'n'", "run it with --help to see what it takes"],
  [
    ["status", "--admin", "ftp://127.0.0.1"],
    "option '--admin <url>' argument 'ftp://127.0.0.1' is invalid. an admin address is needed, e.g. http://127.0.0.1:9901.",
    "run it with --help to see what it takes",
  ],
  [
    ["status", "--admin", "http://127.0.0.1:9901/api"],
    "option '--admin <url>' argument 'http://127.0.0.1:9901/api' is invalid. an admin address is needed, e.g. http://127.0.0.1:9901. It has no path, query or password.",
    "run it with --help to see what it takes",
  ],
  [
    ["explain", "GET", "api/orders"],
    '"api/orders" is not a URL',
    "give a path that starts with /, or a URL with http:// or https://",
  ],
  [
    ["explain", "/api/orders", "GET"],
    '"/api/orders" is not a method',
    "give the method first, then the URL: fig explain GET /path",
  ],
  [
    ["explain", "GET", "/", "-H", "no colon"],
    "option '-H, --header <line>' argument 'no colon' is invalid. a header is needed as 'name: value'.",
    "run it with --help to see what it takes",
  ],
  [
    ["explain", "GET", "/", "--ip", "300.1.1.1"],
    "option '--ip <address>' argument '300.1.1.1' is invalid. an IPv4 or IPv6 address is needed.",
    "run it with --help to see what it takes",
  ],
  [
    ["demo", "--for", "30"],
    "option '--for <duration>' argument '30' is invalid. a duration above zero is needed, e.g. 30s or 2m.",
    "run it with --help to see what it takes",
  ],
  [
    ["demo", "--for", "0.4ms"],
    "option '--for <duration>' argument '0.4ms' is invalid. a duration above zero is needed, e.g. 30s or 2m.",
    "run it with --help to see what it takes",
  ],
  [
    ["demo", "--rate", "0"],
    "option '--rate <n>' argument '0' is invalid. a whole number from 1 to 5000 is needed.",
    "run it with --help to see what it takes",
  ],
  [
    ["init", "--legacy", "127.0.0.1:3000/app"],
    "option '--legacy <url>' argument '127.0.0.1:3000/app' is invalid. an http URL without a path is needed, e.g. http://127.0.0.1:3000.",
    "run it with --help to see what it takes",
  ],
  [
    ["init", "--path", "api orders"],
    "option '--path <pattern>' argument 'api orders' is invalid. a path is needed, e.g. /api/orders/{id} or /shop/{rest+}.",
    "run it with --help to see what it takes",
  ],
  [
    ["init", "--path", "/api/orders/:id"],
    "option '--path <pattern>' argument '/api/orders/:id' is invalid. write /api/orders/{id} for a capture, or %3A and %2A for a literal : and *.",
    "run it with --help to see what it takes",
  ],
];

describe("Wrong usage", () => {
  test.each(WRONG)("fig %j says what is wrong and what would be right", async (argv, message, remedy) => {
    const { code, out, err } = await run(argv, { cwd: await shop() });
    expect(err).toBe(`fig: usage: ${message}\nremedy: ${remedy}\n`);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  test("is one line of JSON on stderr where JSON was asked for", async () => {
    const { code, err } = await run(["rollback", "--json"]);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "usage",
        message: "neither a route nor --all was given",
        remedy: "name the route, or every route with --all",
      },
    });
    expect(code).toBe(2);
  });

  test("without a file says how to write one", async () => {
    const cwd = await folder();
    const { code, err } = await run(["status"], { cwd });
    expect(err).toBe(
      `fig: config_not_found: there is no ${cwd}/fig.yaml\nremedy: write one with \`fig init\`, or name it with -c\n`,
    );
    expect(code).toBe(2);
  });

  test("fig alone, or a group alone, prints its help on stderr", async () => {
    for (const argv of [[], ["migrate"]]) {
      const { code, out, err } = await run(argv);
      expect(err).toContain("Usage: fig");
      expect(out).toBe("");
      expect(code).toBe(2);
    }
  });
});
