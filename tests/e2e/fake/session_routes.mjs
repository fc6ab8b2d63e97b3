import { sessionOf, shownUser, startSession } from './access.mjs';
import { Refusal } from './refusal.mjs';

const allowedFailures = 5;

function logIn({ state, body }) {
  const failures = state.failures.get(body.login) ?? 0;
  if (failures >= allowedFailures) throw new Refusal(429, 'too_many_attempts', 'too many attempts for this login', {}, { 'Retry-After': '60' });
  const user = state.users.find(({ login, password }) => login === body.login && password === body.password);
  if (!user) {
    state.failures.set(body.login, failures + 1);
    throw new Refusal(401, 'wrong_credentials', 'login or password is wrong');
  }
  state.failures.delete(body.login);
  const session = startSession(state, user);
  const headers = { 'Set-Cookie': `sekisho_session=${session.id}; HttpOnly; SameSite=Strict; Path=/` };
  return { body: { user: shownUser(user), csrf_token: session.csrf_token }, headers };
}

function changePassword(call) {
  const { user } = sessionOf(call);
  if (user.password !== call.body.old_password) throw new Refusal(403, 'wrong_credentials', 'the old password is wrong');
  user.password = call.body.password;
  return { status: 204 };
}

export const sessionRoutes = [
  ['GET', '/health', () => ({ body: { version: '0.1.0', database: 'sqlite' } })],
  ['POST', '/session', logIn],
  ['GET', '/session', (call) => {
    const session = sessionOf(call);
    return { body: { user: shownUser(session.user), csrf_token: session.csrf_token } };
  }],
  ['DELETE', '/session', (call) => {
    call.state.sessions.delete(sessionOf(call).id);
    return { status: 204 };
  }],
  ['PUT', '/session/password', changePassword],
];
