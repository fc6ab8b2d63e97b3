// Packs of rules: as the console keeps them; a gateway that is online has them a moment later.
import { randomUUID } from 'node:crypto';

import { enter, find, record } from './access.mjs';
import { checkRules } from './ips_routes.mjs';
import { Refusal } from './refusal.mjs';

const keptVersions = 5;

function contentOf(tenant) {
  tenant.content ??= { version: 0, packs: [] };
  return tenant.content;
}

/** `group`: whose gateways; undefined: all. */
function send(tenant, group) {
  const content = contentOf(tenant);
  content.version += 1;
  for (const gateway of tenant.gateways) {
    if (gateway.state === 'revoked' || (group !== undefined && gateway.group !== group)) continue;
    gateway.content = { state: 'delivering', version: gateway.content?.version ?? 0, packs: gateway.content?.packs ?? [], desired: content.version, at: Date.now() };
  }
}

/** A pack named "refused" is one that no gateway takes. */
function settle(tenant, gateway) {
  const { content } = gateway;
  if (!content || content.state !== 'delivering' || !gateway.online || Date.now() - content.at < 300) return;
  const packs = contentOf(tenant).packs.filter(({ group }) => group === undefined || group === gateway.group);
  if (packs.some(({ name }) => name === 'refused')) return void Object.assign(content, { state: 'refused', reason_code: 'compiler', reason: 'the rules need too much memory' });
  const shown = packs.map(({ name, version, versions }) => {
    const one = versions.find((kept) => kept.version === version);
    return { name, version, rules: one.num_rules, refused: one.num_refused };
  });
  Object.assign(content, { state: 'accepted', version: content.desired, packs: shown });
}

function shownGateway(tenant, gateway) {
  settle(tenant, gateway);
  const { state = 'none', version = 0, desired = 0, packs = [], reason_code, reason, at = 0 } = gateway.content ?? {};
  const waits = gateway.state === 'waiting_for_activation' && state === 'delivering';
  return { gateway: gateway.id, name: gateway.name, group: gateway.group_name, state: waits ? 'waiting_for_enrolment' : state, online: gateway.online,
    version, desired_version: desired, packs, databases: [], changed_at: at, ...(reason_code ? { reason_code, reason } : {}) };
}

/** As the console's checkContentPack answers. */
function checkFiles(files) {
  const checks = files.filter(({ name }) => name.endsWith('.rules')).map(({ name, text }) => ({ name, check: checkRules(text) }));
  const sum = (key) => checks.reduce((total, { check }) => total + check[key], 0);
  const all = (key) => checks.flatMap(({ name, check }) => check[key].map((one) => ({ ...one, file: name })));
  return { num_rules: sum('num_rules'), num_disabled: sum('num_disabled'), num_not_for_us: 0, num_refused: sum('num_refused'), num_warnings: sum('num_warnings'),
    rules: checks.flatMap(({ check }) => check.rules), refused: all('refused'), warnings: all('warnings') };
}

function publish(call) {
  const { user, tenant } = enter(call);
  const { name, group, notes = '', files } = call.body;
  const check = checkFiles(files);
  if (check.num_rules === 0) throw new Refusal(422, 'invalid_policy', 'the files hold no rule that can be used');
  const { packs } = contentOf(tenant);
  let pack = packs.find((one) => one.name === name);
  if (!pack) packs.push((pack = { id: randomUUID(), name, version: 0, newest: 0, versions: [] }));
  pack.version = pack.newest += 1;
  pack.group = group;
  const bytes = files.reduce((total, { text }) => total + text.length, 0);
  pack.versions = [{ version: pack.version, bytes, num_rules: check.num_rules, num_refused: check.num_refused, notes, created_at: Date.now(), created_by: user.login }, ...pack.versions].slice(0, keptVersions);
  send(tenant, group);
  record(tenant, user, 'publishContentPack', name, `version ${pack.version}`);
  return { status: 201, body: pack };
}

export const packRoutes = [
  ['GET', '/tenants/{tenant}/content', (call) => {
    const { tenant } = enter(call);
    return { body: { databases: [], ...contentOf(tenant), gateways: tenant.gateways.filter(({ state }) => state !== 'revoked').map((gateway) => shownGateway(tenant, gateway)) } };
  }],
  ['POST', '/tenants/{tenant}/content/check', (call) => {
    enter(call);
    return { body: checkFiles(call.body.files) };
  }],
  ['POST', '/tenants/{tenant}/content/packs', publish],
  ['POST', '/tenants/{tenant}/content/packs/{pack}/return', (call) => {
    const { user, tenant } = enter(call);
    const pack = find(contentOf(tenant).packs, call.parameters.pack, 'pack');
    pack.version = call.body.version;
    send(tenant, pack.group);
    record(tenant, user, 'returnToContentVersion', pack.name, `version ${pack.version}`);
    return { body: pack };
  }],
  ['DELETE', '/tenants/{tenant}/content/packs/{pack}', (call) => {
    const { user, tenant } = enter(call);
    const content = contentOf(tenant);
    const pack = find(content.packs, call.parameters.pack, 'pack');
    content.packs = content.packs.filter(({ id }) => id !== pack.id);
    send(tenant, pack.group);
    record(tenant, user, 'deleteContentPack', pack.name);
    return { status: 204 };
  }],
];
