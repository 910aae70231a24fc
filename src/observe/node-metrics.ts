import { Counter, collectDefaultMetrics, Registry } from "prom-client";

/**
 * prom-client's default metrics whose name passes. The `nodejs_` ones describe the thread that collects them, the
 * `process_` ones the whole process: those are collected in the rendering thread, because they read files in /proc.
 */
function defaultMetrics(wanted: (name: string) => boolean): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (!wanted(name)) registry.removeSingleMetric(name);
  }
  return registry;
}

/** These walk every open handle through private interfaces of Node; fig_connections and active_resources say it cheaper. */
const TOO_DEAR = /^nodejs_active_(handles|requests)/;

export function threadMetrics(): Registry {
  return defaultMetrics((name) => name.startsWith("nodejs_") && !TOO_DEAR.test(name));
}

export function processMetrics(): Registry {
  const registry = defaultMetrics((name) => name.startsWith("process_") && !name.startsWith("process_cpu_"));
  // prom-client counts CPU time from its own start; a rendering thread starts late and may start again.
  const cpu = (name: string, what: string, micros: () => number) =>
    new Counter({
      name,
      help: `Total ${what} CPU time spent in seconds.`,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(micros() / 1_000_000);
      },
    });
  cpu("process_cpu_user_seconds_total", "user", () => process.cpuUsage().user);
  cpu("process_cpu_system_seconds_total", "system", () => process.cpuUsage().system);
  cpu("process_cpu_seconds_total", "user and system", () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  });
  return registry;
}
