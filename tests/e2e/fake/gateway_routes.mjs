import { randomUUID } from 'node:crypto';

import { enter, find, managers, record } from './access.mjs';
import { Refusal } from './refusal.mjs';

const answers = {
  status: {
    control: { uptime_seconds: 86400 },
    dataplane: { decryption: { workers: 2, attached: 1, attached_ever: true, problem: 'connection refused' } },
    counters: { 'decryption.opened': 1234, 'decryption.exempt': 56, 'decryption.blocked': 0, 'decryption.failed': 3, 'decryption.smart_bypasses': 3, 'decryption.not_tls': 7 }, version: '0.1.0', uptime_seconds: 86400, policy: { serial: 12, rules: 5, source: 'applied' }, workers: [{ worker: 0, core: 1, packets: 123456, flows: 1234 }] },
  ports: { ports: [{ port: 0, name: 'lan0', side: 'lan', link: 'up', speed_mbps: 1000 }, { port: 1, name: 'wan0', side: 'wan', link: 'up', speed_mbps: 2500 }] },
  flows: { total: 1, flows: [{ flow_id: 7, source: '192.168.1.20', source_port: 40000, destination: '198.51.100.7', destination_port: 443, protocol: 'tcp', rule: 5, verdict: 'pass' }] },
  explain: { serial: 12, verdict: 'pass', rule: 5, tentative: false, reasons: [{ rule: 1, outcome: 'does_not_match', why: 'no application is selected' }, { rule: 5, outcome: 'matches', why: 'any' }] },
  policy: { serial: 12, yaml: 'version: 1\nrules:\n  - name: a\n    action: allow\n', meta: { rules: 1 } },
  counters: { counters: { 'drop.malformed': 3, 'rx.packets': 123456 } },
  log: { lines: ['policy 12 is in force', 'port lan0 is up'] },
  'tls.bypasses.list': ({ spared }) => ({ capacity: 4096, total: spared.length, bypasses: spared }),
  capture: { packets: 25, bytes: 9000, dropped: 0 },
};

function activation(gateway) {
  return { status: 201, body: { gateway, activation_code: 'KHTX-4M2P-9RWD-7QJF', link: 'console.example:8443', expires_at: Date.now() + 3 * 24 * 3600_000 } };
}

function createGateway(call) {
  const { tenant, user } = enter(call, managers);
  if (tenant.gateways.some(({ name }) => name === call.body.name)) throw new Refusal(409, 'conflict', `there is a gateway '${call.body.name}'`);
  const group = find(tenant.groups, call.body.group, 'group');
  const gateway = { id: randomUUID(), name: call.body.name, group: group.id, group_name: group.name, state: 'waiting_for_activation', online: false, version: 0, desired_version: tenant.delivered_version, local_policy: false, ports: [], certificate_expires_at: 0 };
  tenant.gateways.push(gateway);
  record(tenant, user, 'createGateway', gateway.name);
  return activation(gateway);
}

function changeGateway(call) {
  const { tenant, user } = enter(call, managers);
  const gateway = find(tenant.gateways, call.parameters.gateway, 'gateway');
  if (call.body.name) gateway.name = call.body.name;
  if (call.body.group) Object.assign(gateway, { group: call.body.group, group_name: find(tenant.groups, call.body.group, 'group').name });
  record(tenant, user, 'changeGateway', gateway.name);
  return { body: gateway };
}

function startDiagnostic(call) {
  const { tenant, user } = enter(call);
  const gateway = find(tenant.gateways, call.parameters.gateway, 'gateway');
  if (!gateway.online) throw new Refusal(409, 'offline', 'the gateway is offline');
  const answer = answers[call.body.op];
  const more = call.body.op === 'capture' ? { file_bytes: 9424 } : {};
  record(tenant, user, 'startDiagnostic', gateway.name, JSON.stringify(call.body));
  return later(call, call.body.op, user, () => ({ state: 'done', result: typeof answer === 'function' ? answer(call.state) : answer, ...more }));
}

/** The gateway answers in a moment. */
function later(call, op, user, answer) {
  const diagnostic = { id: randomUUID(), op, state: 'waiting', created_at: Date.now(), created_by: user.login };
  call.state.diagnostics.set(diagnostic.id, diagnostic);
  setTimeout(() => Object.assign(diagnostic, answer()), 400).unref();
  return { status: 202, body: diagnostic };
}

function removeSmartBypass(call) {
  const { tenant, user } = enter(call);
  const gateway = find(tenant.gateways, call.parameters.gateway, 'gateway');
  const { client, host } = call.body;
  record(tenant, user, 'removeSmartBypass', gateway.name, `${host} ${client}`);
  return later(call, 'tls.bypasses.remove', user, () => {
    const rest = call.state.spared.filter((one) => one.client !== client || one.host !== host);
    if (rest.length === call.state.spared.length) return { state: 'failed', message: `dataplane: connections of ${client} to '${host}' are not spared` };
    call.state.spared = rest;
    return { state: 'done', result: { removed: 1 } };
  });
}

function clearSmartBypasses(call) {
  const { tenant, user } = enter(call);
  const gateway = find(tenant.gateways, call.parameters.gateway, 'gateway');
  record(tenant, user, 'clearSmartBypasses', gateway.name);
  return later(call, 'tls.bypasses.clear', user, () => {
    const removed = call.state.spared.length;
    call.state.spared = [];
    return { state: 'done', result: { removed } };
  });
}

export const gatewayRoutes = [
  ['GET', '/tenants/{tenant}/gateways', (call) => ({ body: { gateways: enter(call).tenant.gateways } })],
  ['POST', '/tenants/{tenant}/gateways', createGateway],
  ['PATCH', '/tenants/{tenant}/gateways/{gateway}', changeGateway],
  ['DELETE', '/tenants/{tenant}/gateways/{gateway}', (call) => {
    const { tenant } = enter(call, managers);
    tenant.gateways = tenant.gateways.filter(({ id }) => id !== call.parameters.gateway);
    return { status: 204 };
  }],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/activation', (call) => activation(find(enter(call, managers).tenant.gateways, call.parameters.gateway, 'gateway'))],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/revocation', (call) => ({ body: Object.assign(find(enter(call, managers).tenant.gateways, call.parameters.gateway, 'gateway'), { state: 'revoked', online: false }) })],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/diagnostics', startDiagnostic],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/smart-bypasses/removal', removeSmartBypass],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/smart-bypasses/clearing', clearSmartBypasses],
  ['GET', '/tenants/{tenant}/gateways/{gateway}/diagnostics/{diagnostic}', (call) => {
    enter(call);
    return { body: call.state.diagnostics.get(call.parameters.diagnostic) };
  }],
  ['GET', '/tenants/{tenant}/gateways/{gateway}/diagnostics/{diagnostic}/file', (call) => {
    enter(call, managers);
    return { file: Buffer.alloc(24) };
  }],
];
