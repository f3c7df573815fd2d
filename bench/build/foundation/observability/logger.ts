export type Level = 'debug' | 'info' | 'warn' | 'error';

interface Line {
  at: string;
  level: Level;
  message: string;
  fields: Record<string, unknown>;
}

const FLUSH_INTERVAL_MS = 250;
const LARGEST_BATCH = 1000;
const pending: Line[] = [];
let dropped = 0;

export function log(level: Level, message: string, fields: Record<string, unknown> = {}) {
  if (pending.length >= LARGEST_BATCH) {
    dropped++;
    return;
  }
  pending.push({ at: new Date().toISOString(), level, message, fields });
}

export const info = (message: string, fields?: Record<string, unknown>) => log('info', message, fields);
export const warn = (message: string, fields?: Record<string, unknown>) => log('warn', message, fields);

export function flush() {
  const lines = pending.splice(0);
  if (dropped > 0) {
    lines.push({
      at: new Date().toISOString(),
      level: 'warn',
      message: 'lines dropped',
      fields: { dropped },
    });
    dropped = 0;
  }
  for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`);
}

setInterval(flush, FLUSH_INTERVAL_MS).unref();
