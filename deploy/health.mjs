// The image's health check: exit 0 while the front door lives.
const url = process.env.FIG_HEALTH ?? "http://127.0.0.1:9901/livez";
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
  process.exit(answer.ok ? 0 : 1);
} catch {
  process.exit(1);
}
