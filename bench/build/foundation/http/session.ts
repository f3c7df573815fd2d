import { randomBytes } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { config } from '../config.js';
import { forbidden, unauthorized } from '../errors.js';

interface Session {
  userId: string;
  openedAt: number;
  lastSeen: number;
}

const IDLE_MS = 30 * 60_000;
const sessions = new Map<string, Session>();

export function openSession(userId: string) {
  const token = randomBytes(16).toString('hex');
  const now = Date.now();
  sessions.set(token, { userId, openedAt: now, lastSeen: now });
  return token;
}

function resume(token: string) {
  const found = sessions.get(token);
  if (!found) return null;
  if (Date.now() - found.lastSeen > IDLE_MS) {
    sessions.delete(token);
    return null;
  }
  found.lastSeen = Date.now();
  return found.userId;
}

export function session(req: Request, res: Response, next: NextFunction) {
  const header = req.get('authorization') ?? '';
  const token = header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
  res.locals.isAdmin = token !== '' && token === config.adminKey;
  res.locals.userId = token ? resume(token) : null;
  next();
}

export function requireUser(_req: Request, res: Response, next: NextFunction) {
  next(res.locals.userId ? undefined : unauthorized());
}

export function requireAdmin(_req: Request, res: Response, next: NextFunction) {
  next(res.locals.isAdmin ? undefined : forbidden());
}

function dropIdle() {
  const now = Date.now();
  for (const [token, { lastSeen }] of sessions) if (now - lastSeen > IDLE_MS) sessions.delete(token);
}

setInterval(dropIdle, 60_000).unref();
