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

/** The tenant's accounts: rows of address, user, application, category and bytes. */
function topBandwidth(call) {
  const { tenant } = enter(call);
  const keys = ['address', 'user', 'application', 'category'];
  const by = call.query.get('by') ?? 'address';
  const rows = (tenant.bandwidth ?? []).filter((row) => keys.every((key) => !call.query.has(key) || row[key] === call.query.get(key)));
  const none = () => ({ bytes_out: 0, bytes_in: 0, packets_out: 0, packets_in: 0 });
  const add = (sum, row) => Object.keys(sum).forEach((name) => { sum[name] += row[name] ?? 0; });
  const sums = new Map();
  const total = none();
  for (const row of rows) {
    if (!sums.has(row[by])) sums.set(row[by], none());
    add(sums.get(row[by]), row);
    add(total, row);
  }
  const told = [...sums].map(([who, traffic]) => ({ who, traffic })).sort((x, y) => y.traffic.bytes_in + y.traffic.bytes_out - x.traffic.bytes_in - x.traffic.bytes_out);
  const to = Number(call.query.get('to'));
  const times = rows.map((row, index) => ({ begin: to - (index + 2) * 60_000, end: to - (index + 1) * 60_000, bytes_in: row.bytes_in, bytes_out: row.bytes_out }));
  return { body: { rows: told.slice(0, Number(call.query.get('limit') ?? 100)), num_rows: told.length, total, times } };
}

export const recordRoutes = [
  ['GET', '/tenants/{tenant}/bandwidth', topBandwidth],
  ['GET', '/tenants/{tenant}/events', listEvents],
  ['GET', '/tenants/{tenant}/audit', listAudit],
  ['GET', '/audit', (call) => {
    const user = administrator(call);
    return { body: { entries: [{ id: 1, time: Date.now(), user: user.login, action: 'createSession', target: user.login, detail: 'logged in from 192.0.2.7' }] } };
  }],
];
