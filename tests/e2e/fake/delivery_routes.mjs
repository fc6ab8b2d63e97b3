import { enter, find, record } from './access.mjs';
import { deliver, shownDelivery } from './deliveries.mjs';
import { differences } from './policy_words.mjs';
import { Refusal } from './refusal.mjs';
import { replaceDraft, staleRefusal } from './tenant_routes.mjs';

function checkSeen(tenant, revisions) {
  for (const { group: id, revision } of revisions) {
    const group = find(tenant.groups, id, 'group');
    if (group.draft.revision !== revision) throw staleRefusal(group);
  }
}

function deliveryOf(tenant, version) {
  const delivery = tenant.deliveries.find((other) => other.version === Number(version));
  if (!delivery) throw new Refusal(404, 'not_found', 'no such version');
  return delivery;
}

function showDifferences(call) {
  const { tenant } = enter(call);
  const from = deliveryOf(tenant, call.parameters.version);
  const to = call.query.has('to') ? deliveryOf(tenant, call.query.get('to')) : undefined;
  const groups = tenant.groups.map((group) => ({
    group: group.id, name: group.name,
    differences: differences(from.policies.get(group.id), to ? to.policies.get(group.id) : group.draft.policy),
  }));
  return { body: { groups } };
}

function returnTo(call) {
  const { tenant, user } = enter(call);
  const delivery = deliveryOf(tenant, call.parameters.version);
  checkSeen(tenant, call.body.revisions);
  for (const group of tenant.groups) {
    const policy = delivery.policies.get(group.id);
    if (policy && JSON.stringify(policy) !== JSON.stringify(group.draft.policy)) replaceDraft(group, structuredClone(policy), user);
  }
  record(tenant, user, 'returnToVersion', String(delivery.version));
  return { body: { pending: true, groups: [] } };
}

export const deliveryRoutes = [
  ['POST', '/tenants/{tenant}/deliveries', (call) => {
    const { tenant, user } = enter(call);
    checkSeen(tenant, call.body.revisions);
    const delivery = deliver(tenant, user, call.body.comment ?? '');
    record(tenant, user, 'deliverAll', `version ${delivery.version}`, delivery.comment);
    return { status: 201, body: shownDelivery(delivery, true) };
  }],
  ['GET', '/tenants/{tenant}/deliveries', (call) => {
    const { tenant } = enter(call);
    const before = Number(call.query.get('before') ?? Infinity);
    const list = tenant.deliveries.filter(({ version }) => version < before).reverse().slice(0, Number(call.query.get('limit') ?? 100));
    return { body: { deliveries: list.map((delivery) => shownDelivery(delivery, false)) } };
  }],
  ['GET', '/tenants/{tenant}/deliveries/{version}', (call) => ({ body: shownDelivery(deliveryOf(enter(call).tenant, call.parameters.version), true) })],
  ['GET', '/tenants/{tenant}/deliveries/{version}/differences', showDifferences],
  ['POST', '/tenants/{tenant}/deliveries/{version}/return', returnTo],
];
