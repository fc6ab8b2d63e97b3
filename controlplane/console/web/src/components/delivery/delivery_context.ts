import { createContext, useContext } from 'react';

export interface DeliveryActions {
  /** Opens the question of what is delivered. */
  readonly deliver: () => void;
  /** Opens the live status of a version. */
  readonly showStatus: (version: number) => void;
}

export const DeliveryContext = createContext<DeliveryActions | undefined>(undefined);

export function useDeliveryActions(): DeliveryActions {
  const actions = useContext(DeliveryContext);
  if (!actions) throw new Error('outside of DeliveryDialogs');
  return actions;
}
