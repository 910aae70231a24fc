// The servers of `npm run upstreams`, by who reads their requests.
import { native } from "./native.mjs";
import { python } from "./python.mjs";
import { runtimes } from "./runtimes.mjs";

/**
 * name; family: what reads the requests; packages: Debian's; needs: files that tell they are there; version: the package
 * whose version counts; echoes: answers say in X-Seen what was understood; prepare: writes its files, gives its command.
 */
export const SERVERS = [...native, ...python, ...runtimes];
