import { catalogueRoutes } from './catalogue_routes.mjs';
import { certificateRoutes } from './certificate_routes.mjs';
import { deliveryRoutes } from './delivery_routes.mjs';
import { gatewayRoutes } from './gateway_routes.mjs';
import { ipsRoutes } from './ips_routes.mjs';
import { packRoutes } from './pack_routes.mjs';
import { recordRoutes } from './record_routes.mjs';
import { reputationRoutes } from './reputation_routes.mjs';
import { sessionRoutes } from './session_routes.mjs';
import { tenantRoutes } from './tenant_routes.mjs';

const routes = [...sessionRoutes, ...catalogueRoutes, ...tenantRoutes, ...deliveryRoutes, ...gatewayRoutes, ...certificateRoutes, ...ipsRoutes, ...packRoutes, ...recordRoutes, ...reputationRoutes].map(([method, path, handle]) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
  handle,
}));

export function findRoute(method, path) {
  for (const route of routes) {
    const match = route.method === method && route.pattern.exec(path);
    if (match) return { handle: route.handle, parameters: match.groups ?? {} };
  }
  return undefined;
}
