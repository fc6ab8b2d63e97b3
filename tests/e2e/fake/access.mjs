import { randomUUID } from 'node:crypto';

import { Refusal } from './refusal.mjs';

export function sessionOf({ state, request }) {
  const id = /sekisho_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const session = state.sessions.get(id);
  if (!session) throw new Refusal(401, 'unauthenticated', 'log in first');
  if (request.method !== 'GET' && request.headers['x-csrf-token'] !== session.csrf_token)
    throw new Refusal(403, 'csrf', 'X-CSRF-Token is not that of the session');
  return session;
}

export function startSession(state, user) {
  const id = randomUUID();
  const session = { id, user, csrf_token: randomUUID() };
  state.sessions.set(id, session);
  return session;
}

export function shownUser({ password: _password, looks_after: _tenants, ...user }) {
  return user;
}

/** The session's user and the tenant of the path, which exists for him only if it is his. */
export function enter(call, roles = ['customer', 'provider', 'admin']) {
  const { user } = sessionOf(call);
  const tenant = call.state.tenants.find(({ id }) => id === call.parameters.tenant);
  if (!tenant || (user.tenant && user.tenant !== tenant.id)) throw new Refusal(404, 'not_found', 'no such tenant');
  if (!roles.includes(user.role)) throw new Refusal(403, 'forbidden', `a ${user.role} may not do this`);
  return { user, tenant };
}

/** The session's user, who must be an administrator. */
export function administrator(call) {
  const { user } = sessionOf(call);
  if (user.role !== 'admin') throw new Refusal(403, 'forbidden', `a ${user.role} may not do this`);
  return user;
}

export const managers = ['provider', 'admin'];

export function find(list, id, what) {
  const found = list.find((item) => item.id === id);
  if (!found) throw new Refusal(404, 'not_found', `no such ${what}`);
  return found;
}

export function record(tenant, user, action, target, detail = '') {
  tenant.audit.push({ id: tenant.audit.length + 1, time: Date.now(), user: user.login, action, target, detail });
}
