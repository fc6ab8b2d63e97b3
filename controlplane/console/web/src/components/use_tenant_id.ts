import { useParams } from 'react-router-dom';

/** The tenant of the address; only on pages below /t/:tenant. */
export function useTenantId(): string {
  const { tenant } = useParams();
  if (tenant === undefined) throw new Error('no tenant in the address');
  return tenant;
}
