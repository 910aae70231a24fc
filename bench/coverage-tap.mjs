// Loaded into fig by functions.mjs (`node --import`): says, whenever it is asked, which of fig's own functions ran since it was
// asked last, and how often. A function is its place in its file, whatever closures were made of it.
import { Session } from "node:inspector/promises";
import { isMainThread } from "node:worker_threads";

async function watch() {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  // Counting, V8 neither inlines a function nor forgets one.
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  process.on("message", async ({ below }) => {
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const ran = result
      .filter(({ url }) => url.startsWith(below))
      .flatMap(({ url, functions }) =>
        functions
          .filter(({ ranges }) => ranges[0].count > 0)
          .map(({ functionName, ranges }) => ({
            file: url.slice(below.length),
            name: functionName,
            at: ranges[0].startOffset,
            times: ranges[0].count,
          })),
      );
    process.send(ran);
  });
}

// Threads load it too.
if (isMainThread) await watch();
