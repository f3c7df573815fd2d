import type { NextFunction, Request, Response } from 'express';
import { config } from '../config.js';
import { HttpError } from '../errors.js';
import { count } from '../observability/metrics.js';

interface Window {
  startedAt: number;
  requests: number;
}

const WINDOW_MS = 60_000;
const windows = new Map<string, Window>();

export function rateLimit(req: Request, res: Response, next: NextFunction) {
  const client = req.ip ?? 'unknown';
  const now = Date.now();
  let window = windows.get(client);
  if (!window || now - window.startedAt >= WINDOW_MS) {
    window = { startedAt: now, requests: 0 };
    windows.set(client, window);
  }
  window.requests++;
  if (window.requests > config.requestsPerMinute) {
    count('http.limited');
    res.set('retry-after', String(Math.ceil((window.startedAt + WINDOW_MS - now) / 1000)));
    next(new HttpError(429, 'too-many-requests', 'slow down'));
    return;
  }
  next();
}
