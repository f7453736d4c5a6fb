// What an exchange was, in names and values.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ApiAnswer } from '../../contract.ts';
import { formatCost, formatCount, formatDuration } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Time } from '../../parts/time.tsx';

export function ExchangeFacts({ exchange: { row } }: { readonly exchange: ApiAnswer<'getExchange'> }): ReactNode {
  return (
    <Facts
      facts={[
        ['Time', <Time key="time" time={row.time} />],
        [
          'Key',
          <Link key="key" to="/keys/$id" params={{ id: row.principal }}>
            <OutsideText text={row.principalName} />
          </Link>,
        ],
        ['Tenant', <OutsideText key="tenant" text={row.tenant} />],
        ['Surface', row.stream ? `${row.surface}, streamed` : row.surface],
        ['Route', <OutsideText key="route" text={row.route} />],
        ['Model', <OutsideText key="model" text={row.model} />],
        ['Upstream', row.upstream],
        ['Status', row.status === null ? 'under way' : String(row.status)],
        ['Took', row.durationMs === null ? 'under way' : formatDuration(row.durationMs)],
        ['Tokens', `${formatCount(row.inputTokens)} in, ${formatCount(row.outputTokens)} out`],
        ['Cost', formatCost(row.costMicros)],
      ]}
    />
  );
}
