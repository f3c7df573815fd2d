const environment = process.env;

function number(name: string, fallback: number) {
  const value = Number(environment[name] ?? fallback);
  if (!Number.isFinite(value)) throw new Error(`${name} must be a number`);
  return value;
}

export const config = {
  port: number('PORT', 3000),
  dataDir: environment.DATA_DIR ?? 'data',
  adminKey: environment.ADMIN_KEY ?? '',
  upstreamUrl: environment.UPSTREAM_URL ?? 'http://localhost:4000',
  upstreamTimeoutMs: number('UPSTREAM_TIMEOUT_MS', 2000),
  requestsPerMinute: number('REQUESTS_PER_MINUTE', 600),
};
