import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { HttpError } from '../errors.js';
import { info, log } from '../observability/logger.js';
import { count, observe } from '../observability/metrics.js';

export function requestLog(req: Request, res: Response, next: NextFunction) {
  const id = req.get('x-request-id') ?? randomUUID();
  const startedAt = performance.now();
  res.locals.requestId = id;
  res.set('x-request-id', id);
  res.on('finish', () => {
    const took = performance.now() - startedAt;
    observe('http.request', took);
    count(`http.status.${res.statusCode}`);
    info('request', { id, method: req.method, path: req.path, status: res.statusCode, took });
  });
  next();
}

export function unknownPath(req: Request, _res: Response, next: NextFunction) {
  next(new HttpError(404, 'not-found', `there is nothing at ${req.path}`));
}

export function errorHandler(error: unknown, _req: Request, res: Response, _next: NextFunction) {
  if (error instanceof HttpError) {
    res.status(error.status).json(error);
    return;
  }
  log('error', 'a request failed', { id: res.locals.requestId, error: String(error) });
  res.status(500).json({ error: 'internal', message: 'something went wrong here' });
}
