/** What a metric is: its labels and words. */
export interface MetricInfo {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
  /** When a series appears, and how many there can be. */
  readonly appears: string;
}

export const ONE_SERIES = "Always; one series.";
