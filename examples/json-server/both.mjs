// Both json-servers until Ctrl-C. usage: node both.mjs [LEGACY_PORT] [MODERN_PORT]     (left out: 3000 and 3001; 0: free)
import { startBoth } from "./start.mjs";

const [legacyPort = "3000", modernPort = "3001"] = process.argv.slice(2);
const both = await startBoth({ legacyPort: Number(legacyPort), modernPort: Number(modernPort) });
console.log(JSON.stringify({ legacyUrl: both.legacyUrl, modernUrl: both.modernUrl }));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void both.stop().then(() => process.exit(0)));
}
