import createClient, { type Middleware } from 'openapi-fetch';

import { errorFrom, OfflineError } from './errors';
import type { paths } from './generated/schema';

let csrfToken = '';

/** The token of the session that log-in or getSession told. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
};

export const apiBase = '/api/v1';
export const api = createClient<paths>({ baseUrl: apiBase, credentials: 'same-origin' });
api.use(csrf);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a success; a refusal or silence is thrown as ProblemError or OfflineError. */
export async function unwrap<Data>(pending: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await pending;
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new OfflineError(failure);
  }
  if (!answer.response.ok) throw errorFrom(answer.error, answer.response);
  return answer.data as Data;
}
