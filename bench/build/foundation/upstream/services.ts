import { log } from '../observability/logger.js';
import { ask } from './client.js';

/** A number that no other document has; the ledger gives them out. */
export async function nextNumber(kind: string) {
  const { number } = await ask<{ number: number }>('ledger', `/numbers/${kind}`, {});
  return number;
}

export async function isBlocked(userId: string) {
  const { blocked } = await ask<{ blocked: boolean }>('risk', `/users/${encodeURIComponent(userId)}`);
  return blocked;
}

export async function exchangeRate(currency: string) {
  const { rate } = await ask<{ rate: number }>('rates', `/${encodeURIComponent(currency)}`);
  return rate;
}

/** Nobody waits for mail: that it could not be sent is only logged. */
export async function sendMail(userId: string, subject: string, lines: readonly string[] = []) {
  try {
    await ask('mail', '/messages', { to: userId, subject, text: lines.join('\n') });
  } catch (error) {
    log('warn', 'mail was not sent', { userId, subject, error: String(error) });
  }
}
