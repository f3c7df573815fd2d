import type { NextFunction, Request, Response } from 'express';

/** Replaces the body by what `parse` makes of it; what `parse` throws is the answer. */
export function validate<T>(parse: (body: unknown) => T) {
  return (req: Request, _res: Response, next: NextFunction) => {
    try {
      req.body = parse(req.body);
    } catch (error) {
      next(error);
      return;
    }
    next();
  };
}
