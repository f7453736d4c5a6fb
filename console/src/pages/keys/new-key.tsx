// A key that was just made: to be copied now, because it is kept nowhere.
import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ApiAnswer } from '../../contract.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Sample } from '../../parts/sample.tsx';
import classes from './keys.module.css';

interface NewKeyProps {
  readonly made: ApiAnswer<'createKey'>;
  readonly onDone: () => void;
}

function sample(key: string, model: string): string {
  return [
    `curl ${window.location.origin}/v1/chat/completions \\`,
    `  -H "authorization: Bearer ${key}" \\`,
    `  -H "content-type: application/json" \\`,
    `  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`,
  ].join('\n');
}

export function NewKey({ made: { key, info }, onDone }: NewKeyProps): ReactNode {
  const route = info.routes.find((each) => !each.includes('*')) ?? 'practice';
  return (
    <div className={classes.form}>
      <p>Copy it now. Only a digest of it is kept: it cannot be shown again.</p>
      <div className={`${classes.secret} mono`} data-testid="new-key">
        {key}
      </div>
      <Group>
        <CopyButton text={key} label="Copy the key" />
        <CopyButton text={sample(key, route)} label="Copy a first request" />
      </Group>
      <Sample label="A first request" text={sample('ANCILE_KEY', route)} />
      <Group justify="flex-end">
        <Button onClick={onDone}>I have it</Button>
      </Group>
    </div>
  );
}
