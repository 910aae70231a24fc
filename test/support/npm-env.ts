/**
 * For npm in tests: packages that this clone was installed with are not asked for again, and a registry that takes a connection and
 * says nothing is given up and asked anew. npm's own bound is five minutes, longer than any test. What an install asks about beside (an
 * audit, who wants funds) is nothing that a test shows.
 */
export const NPM_ENV = {
  npm_config_prefer_offline: "true",
  npm_config_update_notifier: "false",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_fetch_timeout: "15000",
  npm_config_fetch_retries: "5",
  npm_config_fetch_retry_mintimeout: "500",
  npm_config_fetch_retry_maxtimeout: "5000",
} as const;
