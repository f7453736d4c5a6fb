// The navigation on a phone: slides in from the side.
import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';

interface PhoneMenuProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function PhoneMenu({ onClose, children }: PhoneMenuProps): ReactNode {
  return (
    <Drawer
      opened
      onClose={onClose}
      size={272}
      title="Ancile"
      padding="md"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {children}
    </Drawer>
  );
}
