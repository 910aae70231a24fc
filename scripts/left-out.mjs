// Said after `npm test`: what it left to `npm run test:long`.
import { LONG } from "../test/groups.ts";

process.stdout.write(
  `${LONG.length} files that take long were not run: npm run test:long\n  ${LONG.join("\n  ")}\n`,
);
