// The state of the fake console: one database in memory, made anew for each run.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const factoryFile = fileURLToPath(new URL('../../../config/policy/factory_policy.yaml', import.meta.url));

export function factoryPolicy() {
  return parse(readFileSync(factoryFile, 'utf8'));
}

const hour = 3600_000;

function makePorts(up) {
  return [
    { name: 'lan0', side: 'lan', link_up: true, speed_mbps: 1000, rx_packets: 81234567, tx_packets: 71234567, rx_bytes: 51234567890, tx_bytes: 61234567890 },
    { name: 'wan0', side: 'wan', link_up: up, ...(up ? { speed_mbps: 2500 } : {}), rx_packets: 71234567, tx_packets: 81234567, rx_bytes: 61234567890, tx_bytes: 51234567890 },
  ];
}

/** As a box makes it: another one has another fingerprint. */
export function makeAuthority(changes) {
  const name = 'O=Sekisho, CN=Sekisho';
  const fingerprint = randomUUID().replaceAll('-', '').repeat(2);
  return { subject: name, issuer: name, not_before: Date.parse('2026-11-01T00:00:00Z'), not_after: Date.parse('2051-11-01T04:45:27Z'), key: 'ECDSA P-256', origin: 'generated', fingerprint, ...changes };
}

function makeGateway(name, group, changes) {
  return {
    id: randomUUID(), name, group: group.id, group_name: group.name, state: 'enrolled', online: true, seen_at: Date.now(), software_version: '0.1.0',
    version: 0, desired_version: 0, local_policy: false, dataplane_up: true, flows: 1234, events_lost: 0, ports: makePorts(true),
    certificate_expires_at: Date.now() + 60 * 24 * hour, authority: makeAuthority(), ...changes,
  };
}

/** What smart bypass leaves undecrypted, of whichever gateway is asked. */
function makeSpared() {
  return [
    { client: '192.168.1.20', host: 'pinned.example', failure: 'client_refused', seconds_left: 86_000 },
    { client: '2001:db8::20', host: 'mutual.example', failure: 'wants_certificate', seconds_left: 3_600 },
    { client: '192.168.1.21', host: 'later.example', failure: 'of_a_later_version', seconds_left: 60 },
  ];
}

function makeGroup(name, policy) {
  return { id: randomUUID(), name, draft: { policy, revision: 1, changed_at: Date.now() - 2 * hour, changed_by: 'system', warnings: [] } };
}

/** Events of the last hours; every third is a block. */
function makeEvents(tenant, count) {
  const start = Date.now() - count * 20_000;
  return Array.from({ length: count }, (_, n) => {
    const gateway = tenant.gateways[n % 2];
    const blocked = n % 3 === 0;
    const time = start + n * 20_000;
    const flow = {
      source: `192.168.1.${20 + (n % 50)}`, source_port: 40000 + n, destination: n % 7 === 0 ? '2001:db8::7' : `198.51.100.${n % 20}`,
      destination_port: n % 2 ? 443 : 80, protocol: 'tcp', application: n % 2 ? 'https' : 'http',
    };
    const rule = blocked ? '【50-1】URLフィルタリング' : '【50-1】標準の通信';
    const action = blocked ? 'block' : n % 5 === 0 ? 'monitor' : 'allow';
    return { gateway: gateway.id, gateway_name: gateway.name, time, type: 'policy', action, rule, version: 1, ...flow,
      eve: { timestamp: new Date(time).toISOString(), event_type: 'policy', src_ip: flow.source, dest_ip: flow.destination, policy: { rule, action, version: 1 } } };
  });
}

function makeTenant(name) {
  const groups = [makeGroup('本社', factoryPolicy()), makeGroup('支店', factoryPolicy())];
  const tenant = { id: randomUUID(), name, created_at: Date.now() - 48 * hour, delivered_version: 0, signing_key: { id: '0123456789abcdef', sequence: 1 }, groups, deliveries: [], events: [], audit: [] };
  tenant.gateways = [
    makeGateway('東京-01', groups[0]),
    makeGateway('大阪-01', groups[1], { ports: makePorts(false), authority: { trouble: 'authority.pem is damaged' } }),
    makeGateway('福岡-01', groups[1], { online: false, seen_at: Date.now() - 5 * hour }),
    makeGateway('札幌-01', groups[1], { state: 'waiting_for_activation', online: false, seen_at: undefined, ports: [], certificate_expires_at: 0, authority: undefined, software_version: undefined, flows: undefined, events_lost: undefined, dataplane_up: undefined }),
  ];
  tenant.events = makeEvents(tenant, 260);
  return tenant;
}

export function makeState(password) {
  const tenants = [makeTenant('サンプル商事'), makeTenant('Example Trading')];
  const user = (login, role, tenant) => ({ id: randomUUID(), login, role, ...(tenant ? { tenant: tenant.id } : {}), created_at: Date.now() - 24 * hour, password });
  const users = [user('admin@example.com', 'admin'), user('customer@example.com', 'customer', tenants[0]), user('second@example.com', 'customer', tenants[0]), user('provider@example.com', 'provider')];
  return { tenants, users, sessions: new Map(), failures: new Map(), diagnostics: new Map(), spared: makeSpared() };
}
