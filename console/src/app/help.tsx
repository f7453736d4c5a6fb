// The list of keys, shown by `?`.
import { Kbd, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Place } from './places.ts';
import classes from './help.module.css';

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['/'], 'Search'],
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['Enter'], 'Open the row'],
  [['?'], 'These keys'],
  [['Esc'], 'Close a dialog'],
];

interface HelpProps {
  readonly onClose: () => void;
  readonly places: readonly Place[];
}

export function Help({ onClose, places }: HelpProps): ReactNode {
  return (
    <Modal opened onClose={onClose} title="Keyboard" closeButtonProps={{ 'aria-label': 'Close' }}>
      <dl className={classes.keys}>
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        {places.map((place) => (
          <div key={place.to}>
            <dt>
              <Kbd>g</Kbd> <Kbd>{place.key}</Kbd>
            </dt>
            <dd>{place.label}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
