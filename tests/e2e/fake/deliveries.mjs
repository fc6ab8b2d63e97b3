import { differences } from './policy_words.mjs';

const stepMilliseconds = 1200; // long enough for the page's poll to see a gateway on its way

/** What each group's last delivered policy is; undefined when there is none. */
export function deliveredPolicy(tenant, group) {
  return tenant.deliveries.findLast((delivery) => delivery.policies.has(group.id))?.policies.get(group.id);
}

export function groupDifferences(tenant, group) {
  return differences(deliveredPolicy(tenant, group), group.draft.policy);
}

export function isPending(tenant, group) {
  const delivered = deliveredPolicy(tenant, group);
  return delivered === undefined || JSON.stringify(delivered) !== JSON.stringify(group.draft.policy);
}

function counted(delivery) {
  const count = (state) => delivery.gateways.filter((gateway) => gateway.state === state).length;
  const states = ['delivering', 'waiting_for_enrolment', 'succeeded', 'failed', 'superseded'];
  return Object.fromEntries(states.map((state) => [state, count(state)]));
}

/** `whole`: with the gateways. */
export function shownDelivery(delivery, whole) {
  const { policies: _policies, gateways, ...rest } = delivery;
  return { ...rest, ...counted(delivery), ...(whole ? { gateways } : {}) };
}

function settle(gateway, record, version) {
  if (record.state !== 'delivering' || !gateway.online) return;
  const group = gateway.group_name;
  // A comment with this word makes a branch's gateway fail, so that a failure can be looked at.
  const fails = record.wantsFailure && group === '支店';
  Object.assign(record, { state: fails ? 'failed' : 'succeeded', changed_at: Date.now() });
  if (fails) Object.assign(record, { reason_code: 'rolled_back', reason: 'the console did not answer within 30 s of the swap' });
  else record.apply_ms = 140;
  gateway.last_delivery = record.state;
  gateway.last_reason_code = record.reason_code;
  gateway.last_reason = record.reason;
  if (!fails) gateway.version = version;
}

export function deliver(tenant, user, comment) {
  const version = tenant.delivered_version + 1;
  tenant.delivered_version = version;
  for (const earlier of tenant.deliveries)
    for (const record of earlier.gateways) if (['delivering', 'waiting_for_enrolment'].includes(record.state)) record.state = 'superseded';
  const gateways = tenant.gateways.filter(({ state }) => state !== 'revoked');
  const records = gateways.map((gateway) => {
    const state = gateway.state === 'enrolled' ? 'delivering' : 'waiting_for_enrolment';
    Object.assign(gateway, { desired_version: version, last_delivery: state, last_reason_code: undefined, last_reason: undefined });
    return { gateway: gateway.id, name: gateway.name, group: gateway.group_name, state, online: gateway.online, changed_at: Date.now(), wantsFailure: comment.includes('FAIL') };
  });
  const policies = new Map(tenant.groups.map((group) => [group.id, structuredClone(group.draft.policy)]));
  const delivery = { version, created_at: Date.now(), created_by: user.login, comment, policies, gateways: records };
  tenant.deliveries.push(delivery);
  gateways.forEach((gateway, index) => setTimeout(() => settle(gateway, records[index], version), stepMilliseconds * (index + 1)).unref());
  return delivery;
}
