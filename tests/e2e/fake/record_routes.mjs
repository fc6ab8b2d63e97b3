import { administrator, enter } from './access.mjs';

function fits(event, query) {
  const equal = (name, field = name) => !query.has(name) || String(event[field]) === query.get(name);
  const from = Number(query.get('from') ?? 0);
  const to = Number(query.get('to') ?? Infinity);
  return ['type', 'gateway', 'action', 'rule', 'source', 'destination', 'destination_port'].every((name) => equal(name)) && event.time >= from && event.time <= to;
}

function listEvents(call) {
  const { tenant } = enter(call);
  const limit = Number(call.query.get('limit') ?? 100);
  const before = Number((call.query.get('before') ?? `${tenant.events.length}-0`).split('-')[0]);
  const numbered = tenant.events.map((event, number) => ({ event, number })).filter(({ event, number }) => number < before && fits(event, call.query)).reverse();
  const page = numbered.slice(0, limit);
  const more = numbered.length > limit;
  return { body: { events: page.map(({ event }) => event), ...(more ? { next: `${page.at(-1).number}-0` } : {}) } };
}

function listAudit(call) {
  const { tenant } = enter(call);
  const before = Number(call.query.get('before') ?? Infinity);
  return { body: { entries: tenant.audit.filter(({ id }) => id < before).reverse().slice(0, Number(call.query.get('limit') ?? 100)) } };
}

export const recordRoutes = [
  ['GET', '/tenants/{tenant}/events', listEvents],
  ['GET', '/tenants/{tenant}/audit', listAudit],
  ['GET', '/audit', (call) => {
    const user = administrator(call);
    return { body: { entries: [{ id: 1, time: Date.now(), user: user.login, action: 'createSession', target: user.login, detail: 'logged in from 192.0.2.7' }] } };
  }],
];
