import { useMemo, useState, type ReactNode } from 'react';

import { DeliverDialog } from './deliver_dialog';
import { DeliveryContext } from './delivery_context';
import { StatusDialog } from './status_dialog';

type Open = { dialog: 'deliver' } | { dialog: 'status'; version: number } | undefined;

/** The two dialogs of a delivery, for every page below. */
export function DeliveryDialogs({ tenant, children }: { tenant: string; children: ReactNode }) {
  const [open, setOpen] = useState<Open>();
  const actions = useMemo(
    () => ({
      deliver: () => setOpen({ dialog: 'deliver' }),
      showStatus: (version: number) => setOpen({ dialog: 'status', version }),
    }),
    [],
  );
  const close = () => setOpen(undefined);
  return (
    <DeliveryContext.Provider value={actions}>
      {children}
      {open?.dialog === 'deliver' && <DeliverDialog tenant={tenant} onClose={close} onDelivered={actions.showStatus} />}
      {open?.dialog === 'status' && <StatusDialog tenant={tenant} version={open.version} onClose={close} />}
    </DeliveryContext.Provider>
  );
}
