import { randomUUID } from 'node:crypto';

import { enter, find, record } from './access.mjs';
import { Refusal } from './refusal.mjs';
import { makeAuthority } from './state.mjs';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** What the box makes of it; a text is why it refuses. */
const changed = {
  regenerate: ({ organization = 'Sekisho', common_name: name = 'Sekisho', key_type: key }) => {
    const subject = `O=${organization}, CN=${name}`;
    return makeAuthority({ subject, issuer: subject, key: key === 'rsa-3072' ? 'RSA 3072' : 'ECDSA P-256' });
  },
  import: ({ certificate, key }) =>
    (certificate === pem && key.includes('PRIVATE KEY') ? makeAuthority({ subject: 'CN=Example Works', issuer: 'CN=Example Root', origin: 'imported' }) : "private key: it is not the certificate's"),
};

function change(call, how, action) {
  const { tenant, user } = enter(call);
  const gateway = find(tenant.gateways, call.parameters.gateway, 'gateway');
  if (!gateway.online) throw new Refusal(409, 'offline', 'the gateway is offline');
  const diagnostic = { id: randomUUID(), op: `ca.${how}`, state: 'waiting', created_at: Date.now(), created_by: user.login };
  call.state.diagnostics.set(diagnostic.id, diagnostic);
  const outcome = changed[how](call.body);
  setTimeout(() => {
    if (typeof outcome === 'string') return Object.assign(diagnostic, { state: 'failed', message: outcome });
    gateway.authority = outcome;
    return Object.assign(diagnostic, { state: 'done', result: { ok: true } });
  }, 300).unref();
  record(tenant, user, action, gateway.name);
  return { status: 202, body: diagnostic };
}

export const certificateRoutes = [
  ['GET', '/tenants/{tenant}/gateways/{gateway}/certificate', (call) => {
    enter(call);
    return { file: Buffer.from(pem) };
  }],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/certificate/regeneration', (call) => change(call, 'regenerate', 'regenerateGatewayCertificate')],
  ['POST', '/tenants/{tenant}/gateways/{gateway}/certificate/import', (call) => change(call, 'import', 'importGatewayCertificate')],
];
