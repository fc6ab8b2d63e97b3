import { randomUUID } from 'node:crypto';

import { administrator, enter, find, managers, record, sessionOf, shownUser } from './access.mjs';
import { groupDifferences, isPending } from './deliveries.mjs';
import { mistakes } from './policy_words.mjs';
import { Refusal } from './refusal.mjs';
import { factoryPolicy } from './state.mjs';

function shownTenant({ id, name, created_at, delivered_version, signing_key }) {
  return { id, name, created_at, delivered_version, signing_key };
}

function shownGroup(tenant, group) {
  const gateways = tenant.gateways.filter((gateway) => gateway.group === group.id).length;
  return { id: group.id, name: group.name, gateways, revision: group.draft.revision, pending: isPending(tenant, group) };
}

function shownDraft(tenant, group) {
  return { body: { ...group.draft, pending: isPending(tenant, group) }, headers: { ETag: `"${group.draft.revision}"` } };
}

export function replaceDraft(group, policy, user) {
  group.draft = { policy, revision: group.draft.revision + 1, changed_at: Date.now(), changed_by: user.login, warnings: [] };
}

export function staleRefusal(group) {
  return new Refusal(412, 'stale', 'the draft has changed', { revision: group.draft.revision, changed_by: group.draft.changed_by });
}

function saveDraft(call) {
  const { tenant, user } = enter(call);
  const group = find(tenant.groups, call.parameters.group, 'group');
  const wanted = call.request.headers['if-match'];
  if (!wanted) throw new Refusal(428, 'precondition_required', 'If-Match is missing');
  if (wanted !== `"${group.draft.revision}"`) throw staleRefusal(group);
  const wrong = mistakes(call.body.policy);
  if (wrong.length > 0) throw new Refusal(422, 'invalid_policy', 'the policy has mistakes', { mistakes: wrong });
  replaceDraft(group, call.body.policy, user);
  record(tenant, user, 'saveDraft', group.name, `revision ${group.draft.revision}`);
  return shownDraft(tenant, group);
}

function changes(call) {
  const { tenant } = enter(call);
  const groups = tenant.groups.map((group) => ({
    group: group.id, name: group.name, revision: group.draft.revision, pending: isPending(tenant, group),
    changed_by: group.draft.changed_by, changed_at: group.draft.changed_at, differences: groupDifferences(tenant, group),
  }));
  return { body: { pending: groups.some(({ pending }) => pending), groups } };
}

function createGroup(call) {
  const { tenant, user } = enter(call, managers);
  if (tenant.groups.some(({ name }) => name === call.body.name)) throw new Refusal(409, 'conflict', 'there is a group of that name');
  const copied = call.body.copy_of ? structuredClone(find(tenant.groups, call.body.copy_of, 'group').draft.policy) : factoryPolicy();
  const group = { id: randomUUID(), name: call.body.name, draft: { policy: copied, revision: 1, changed_at: Date.now(), changed_by: user.login, warnings: [] } };
  tenant.groups.push(group);
  record(tenant, user, 'createGroup', group.name);
  return { status: 201, body: shownGroup(tenant, group) };
}

function createUser(call) {
  const { tenant, user } = enter(call, managers);
  if (call.state.users.some(({ login }) => login === call.body.login)) throw new Refusal(409, 'conflict', 'there is a user of that login');
  const made = { id: randomUUID(), created_at: Date.now(), tenant: tenant.id, ...call.body };
  call.state.users.push(made);
  record(tenant, user, 'createUser', made.login, made.role);
  return { status: 201, body: shownUser(made) };
}

export const tenantRoutes = [
  ['GET', '/tenants', (call) => {
    const { user } = sessionOf(call);
    return { body: { tenants: call.state.tenants.filter(({ id }) => !user.tenant || user.tenant === id).map(shownTenant) } };
  }],
  ['GET', '/tenants/{tenant}/users', (call) => {
    const { tenant } = enter(call);
    return { body: { users: call.state.users.filter((user) => user.tenant === tenant.id || user.looks_after?.includes(tenant.id)).map(shownUser) } };
  }],
  ['POST', '/tenants/{tenant}/users', createUser],
  ['DELETE', '/tenants/{tenant}/users/{user}', (call) => {
    enter(call, managers);
    call.state.users = call.state.users.filter(({ id }) => id !== call.parameters.user);
    return { status: 204 };
  }],
  ['PUT', '/tenants/{tenant}/users/{user}/password', (call) => {
    enter(call, managers);
    find(call.state.users, call.parameters.user, 'user').password = call.body.password;
    return { status: 204 };
  }],
  ['GET', '/providers', (call) => {
    administrator(call);
    return { body: { users: call.state.users.filter(({ role }) => role === 'provider').map(shownUser) } };
  }],
  ['PUT', '/tenants/{tenant}/providers/{user}', (call) => {
    const { tenant, user } = enter(call, ['admin']);
    const provider = find(call.state.users, call.parameters.user, 'provider');
    provider.looks_after = [...(provider.looks_after ?? []), tenant.id];
    record(tenant, user, 'assignProvider', provider.login);
    return { status: 204 };
  }],
  ['DELETE', '/tenants/{tenant}/providers/{user}', (call) => {
    const { tenant, user } = enter(call, ['admin']);
    const provider = find(call.state.users, call.parameters.user, 'provider');
    provider.looks_after = (provider.looks_after ?? []).filter((id) => id !== tenant.id);
    record(tenant, user, 'unassignProvider', provider.login);
    return { status: 204 };
  }],
  ['GET', '/tenants/{tenant}/groups', (call) => {
    const { tenant } = enter(call);
    return { body: { groups: tenant.groups.map((group) => shownGroup(tenant, group)) } };
  }],
  ['POST', '/tenants/{tenant}/groups', createGroup],
  ['PATCH', '/tenants/{tenant}/groups/{group}', (call) => {
    const { tenant } = enter(call, managers);
    const group = find(tenant.groups, call.parameters.group, 'group');
    group.name = call.body.name;
    return { body: shownGroup(tenant, group) };
  }],
  ['DELETE', '/tenants/{tenant}/groups/{group}', (call) => {
    const { tenant } = enter(call, managers);
    tenant.groups = tenant.groups.filter(({ id }) => id !== call.parameters.group);
    return { status: 204 };
  }],
  ['GET', '/tenants/{tenant}/groups/{group}/draft', (call) => {
    const { tenant } = enter(call);
    return shownDraft(tenant, find(tenant.groups, call.parameters.group, 'group'));
  }],
  ['PUT', '/tenants/{tenant}/groups/{group}/draft', saveDraft],
  ['GET', '/tenants/{tenant}/changes', changes],
  ['POST', '/tenants/{tenant}/signing-key/rotation', (call) => {
    const { tenant } = enter(call, managers);
    tenant.signing_key = { id: 'fedcba9876543210', sequence: tenant.signing_key.sequence + 1 };
    return { body: tenant.signing_key };
  }],
];
