// Takes the place of src/layers/order.ts in the fig that `before-after --listening` builds: four layers that only listen, two
// before a side is asked and two on the side.
import * as order from "../src/layers/order.ts";
import { Relay } from "../src/layers/relay.ts";

/** What it heard, as a layer that measures or records would keep it. */
const heard = { requests: 0, requestBytes: 0, answers: 0, answerBytes: 0 };

class Listening extends Relay {
  write(chunk) {
    heard.requestBytes += chunk.length;
    return super.write(chunk);
  }

  onHead(status, reason, headers, framing) {
    heard.answers++;
    super.onHead(status, reason, headers, framing);
  }

  onData(chunk) {
    heard.answerBytes += chunk.length;
    super.onData(chunk);
  }
}

const listening = (name) => ({
  name,
  create: () => ({
    wrap: (open) => (request, listener) => {
      heard.requests++;
      return new Listening(listener).through(open, request);
    },
  }),
});

export const DOOR_LAYERS = [listening("first"), listening("second"), ...order.DOOR_LAYERS];
export const SIDE_LAYERS = [listening("third"), listening("fourth"), ...order.SIDE_LAYERS];
