/** Of a program that was given on the command line, and of tools that watch one process. */
const OWN =
  /^(?:-[ceip]+|--(?:check|eval|print|interactive|input-type|inspect.*|watch.*|test.*|run|cpu-prof.*|heap-prof.*))$/;
/** They take the next argument, if they have no value of their own. */
const WITH_VALUE = /^--(?:input-type|eval|print|run|inspect-port|watch-path)$|^-[ep]+$/;

/** However it is spelled, on the command line or in NODE_OPTIONS. */
const POOL = /--v8[-_]pool[-_]size\b/;

/**
 * With a worker a core, the threads that help V8 collect have no core of their own: each of Node's four takes time from
 * something that serves (docs/decisions/0031). Who asked for a number keeps it.
 */
const ONE_HELPER = "--v8-pool-size=1";

/** What of Node's own options, bounds on memory above all, is for the processes that this one starts; `inherited` is NODE_OPTIONS. */
export function nodeOptions(execArgv: readonly string[], inherited = ""): readonly string[] {
  const asked = POOL.test(inherited) || execArgv.some((option) => POOL.test(option));
  const kept: string[] = asked ? [] : [ONE_HELPER];
  for (let at = 0; at < execArgv.length; at++) {
    const option = execArgv[at] as string;
    if (!OWN.test(option.split("=", 1)[0] as string)) kept.push(option);
    else if (WITH_VALUE.test(option)) at++;
  }
  return kept;
}
