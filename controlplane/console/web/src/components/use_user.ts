import { useSession } from '../api/session';
import type { User } from '../api/types';

/** Who is logged in; only below SessionGate, which shows nothing else without a session. */
export function useUser(): User {
  const { data } = useSession();
  if (!data) throw new Error('no session');
  return data.user;
}

/** Gateways, groups and users are the provider's work (R028-R030); the console refuses others anyway. */
export function useMayManage(): boolean {
  return useUser().role !== 'customer';
}
