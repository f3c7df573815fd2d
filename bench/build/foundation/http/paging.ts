import type { Request } from 'express';
import { badRequest } from '../errors.js';

export interface Page {
  offset: number;
  limit: number;
}

const LARGEST_PAGE = 100;

function wholeNumber(value: unknown, name: string, fallback: number) {
  if (value === undefined) return fallback;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0) throw badRequest(`"${name}" must be a whole number`);
  return parsed;
}

export function pageOf(req: Request): Page {
  const limit = wholeNumber(req.query.limit, 'limit', 20);
  if (limit > LARGEST_PAGE) throw badRequest(`"limit" must be at most ${LARGEST_PAGE}`);
  return { offset: wholeNumber(req.query.offset, 'offset', 0), limit };
}

export function paged<T>(items: readonly T[], { offset, limit }: Page) {
  return { total: items.length, offset, items: items.slice(offset, offset + limit) };
}
