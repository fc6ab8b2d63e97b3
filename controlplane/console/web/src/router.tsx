import { createBrowserRouter, Navigate } from 'react-router-dom';

import { SessionGate } from './components/session_gate';
import { Shell } from './components/shell';
import { AdministrationPage } from './pages/administration/administration_page';
import { AuditPage } from './pages/audit_page';
import { BandwidthPage } from './pages/bandwidth/bandwidth_page';
import { CertificatesPage } from './pages/certificates/certificates_page';
import { DashboardPage } from './pages/dashboard_page';
import { GatewaysPage } from './pages/gateways/gateways_page';
import { IpsPage } from './pages/ips/ips_page';
import { ListsPage } from './pages/lists/lists_page';
import { LogPage } from './pages/log/log_page';
import { NotFoundPage } from './pages/not_found_page';
import { PolicyPage } from './pages/policy/policy_page';
import { ReputationPage } from './pages/reputation/reputation_page';
import { StartPage } from './pages/start_page';
import { VersionsPage } from './pages/versions/versions_page';

export const router = createBrowserRouter([
  {
    element: <SessionGate />,
    children: [
      { path: '/', element: <StartPage /> },
      {
        path: '/t/:tenant',
        element: <Shell />,
        children: [
          { index: true, element: <Navigate to="dashboard" replace /> },
          { path: 'dashboard', element: <DashboardPage /> },
          { path: 'gateways', element: <GatewaysPage /> },
          { path: 'policy', element: <PolicyPage /> },
          { path: 'policy/:group', element: <PolicyPage /> },
          { path: 'lists', element: <ListsPage /> },
          { path: 'lists/:group', element: <ListsPage /> },
          { path: 'ips', element: <IpsPage /> },
          { path: 'ips/:group', element: <IpsPage /> },
          { path: 'reputation', element: <ReputationPage /> },
          { path: 'versions', element: <VersionsPage /> },
          { path: 'bandwidth', element: <BandwidthPage /> },
          { path: 'log', element: <LogPage /> },
          { path: 'certificates', element: <CertificatesPage /> },
          { path: 'audit', element: <AuditPage /> },
          { path: 'administration', element: <AdministrationPage /> },
          { path: '*', element: <NotFoundPage /> },
        ],
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]);
