/** Every named feature of Amazon API Gateway, by subject, as its developer guide and its quotas name them. */
import type { Subject } from "../feature.ts";
import { CACHING, RESPONSES, TRANSFORMS, VALIDATION } from "./content.ts";
import { AUTHORIZERS, LOGIN } from "./identity.ts";
import { DOMAINS, INTEGRATIONS, OBSERVING } from "./integrations.ts";
import { BOUNDS, PLANS, THROTTLING } from "./limits.ts";
import { PUBLISHING, ROUTING } from "./routing.ts";

export const SUBJECTS: readonly Subject[] = [
  { title: "Routing", features: ROUTING },
  { title: "Publishing and canaries", features: PUBLISHING },
  { title: "Who may ask", features: [...AUTHORIZERS, ...LOGIN] },
  { title: "Throttling", features: THROTTLING },
  { title: "API keys and usage plans", features: PLANS },
  { title: "Timeouts and sizes", features: BOUNDS },
  { title: "Caching", features: CACHING },
  { title: "Validation", features: VALIDATION },
  { title: "Transformation", features: TRANSFORMS },
  { title: "Answers", features: RESPONSES },
  { title: "Integrations", features: INTEGRATIONS },
  { title: "Domains and TLS", features: DOMAINS },
  { title: "Observing", features: OBSERVING },
];
