import type { Problem } from './types';

/** The console answered, and refused. */
export class ProblemError extends Error {
  constructor(
    readonly problem: Problem,
    readonly status: number,
    /** Of 429: how long to wait; 0 when the console did not say. */
    readonly retryAfterSeconds = 0,
  ) {
    super(problem.message);
    this.name = 'ProblemError';
  }
}

/** No answer of the console: it is down, or the way to it is. */
export class OfflineError extends Error {
  constructor(cause: unknown) {
    super('the console does not answer', { cause });
    this.name = 'OfflineError';
  }
}

/** A gateway answered over its stream, and refused, in its own words. */
export class GatewayError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GatewayError';
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}

/** A proxy's 502 page is no Problem: the console behind it does not answer. */
export function errorFrom(body: unknown, response: Response): Error {
  if (isProblem(body)) {
    const seconds = Number(response.headers.get('Retry-After') ?? '0');
    return new ProblemError(body, response.status, Number.isFinite(seconds) ? seconds : 0);
  }
  if (response.status >= 502 && response.status <= 504) return new OfflineError(response.status);
  return new ProblemError({ code: 'internal', message: `HTTP ${response.status}` }, response.status);
}

export function problemOf(error: unknown): Problem | undefined {
  return error instanceof ProblemError ? error.problem : undefined;
}
