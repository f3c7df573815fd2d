import { badRequest } from '../errors.js';

export type Fields = Record<string, unknown>;

export function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body must be a JSON object');
  }
  return body as Fields;
}

export function text(fields: Fields, name: string, { min = 1, max = 200 } = {}) {
  const value = fields[name];
  if (typeof value !== 'string') throw badRequest(`"${name}" must be a string`);
  const trimmed = value.trim();
  if (trimmed.length < min || trimmed.length > max) {
    throw badRequest(`"${name}" must have ${min} to ${max} characters`);
  }
  return trimmed;
}

export function integer(fields: Fields, name: string, { min = 0, max = 1_000_000 } = {}) {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw badRequest(`"${name}" must be an integer from ${min} to ${max}`);
  }
  return value;
}

export function oneOf<T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const value = fields[name];
  const found = allowed.find(candidate => candidate === value);
  if (found === undefined) throw badRequest(`"${name}" must be one of ${allowed.join(', ')}`);
  return found;
}

export function listOf<T>(fields: Fields, name: string, parse: (item: unknown, index: number) => T): T[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw badRequest(`"${name}" must be a list`);
  return value.map(parse);
}

export function optional<T>(fields: Fields, name: string, parse: (fields: Fields, name: string) => T) {
  return fields[name] === undefined ? undefined : parse(fields, name);
}
