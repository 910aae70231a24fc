/** Of a program that was given on the command line, and of tools that watch one process. */
const OWN =
  /^(?:-[ceip]+|--(?:check|eval|print|interactive|input-type|inspect.*|watch.*|test.*|run|cpu-prof.*|heap-prof.*))$/;
/** They take the next argument, if they have no value of their own. */
const WITH_VALUE = /^--(?:input-type|eval|print|run|inspect-port|watch-path)$|^-[ep]+$/;

/** What of Node's own options, bounds on memory above all, is for the processes that this one starts. */
export function nodeOptions(execArgv: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const option = execArgv[at] as string;
    if (!OWN.test(option.split("=", 1)[0] as string)) kept.push(option);
    else if (WITH_VALUE.test(option)) at++;
  }
  return kept;
}
