export interface ErrorDetails {
  [name: string]: unknown;
}

export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
    this.name = 'HttpError';
  }

  toJSON() {
    return { error: this.code, message: this.message, ...this.details };
  }
}

export const badRequest = (message: string, details?: ErrorDetails) =>
  new HttpError(400, 'bad-request', message, details);

export const unauthorized = () => new HttpError(401, 'unauthorized', 'sign in first');

export const forbidden = (what = 'this') => new HttpError(403, 'forbidden', `${what} is not for you`);

export const notFound = (what: string) => new HttpError(404, 'not-found', `${what} does not exist`);

export const conflict = (code: string, message: string, details?: ErrorDetails) =>
  new HttpError(409, code, message, details);

export const unavailable = (service: string) =>
  new HttpError(503, 'unavailable', `${service} does not answer`);
