// Filters as chips: each is in the address, so that a view can be sent to a colleague.
import { Button, Menu, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { ACTIONS, Action, FindingClass, Outcome, Surface } from '../../contract.ts';
import { ACTION_ICONS, ACTION_WORDS } from '../../parts/action.tsx';
import { formatTime, toWords } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { OUTCOME_WORDS } from '../../parts/outcome.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import classes from './filter-bar.module.css';
import { FILTER_NAMES, type FilterName, type TrafficSearch } from './search.ts';

const LABELS: Readonly<Record<FilterName, string>> = {
  action: 'Decision',
  class: 'Class',
  outcome: 'Outcome',
  surface: 'Surface',
  route: 'Route',
  model: 'Model',
  principal: 'Key',
  rule: 'Rule',
  session: 'Session',
  from: 'From',
  to: 'Until',
  text: 'Search',
};

const CHOICES: readonly { readonly name: FilterName; readonly options: readonly string[] }[] = [
  { name: 'class', options: FindingClass.options },
  { name: 'outcome', options: Outcome.options },
  { name: 'surface', options: Surface.options },
];

const SPANS: readonly (readonly [label: string, hours: number])[] = [
  ['Last hour', 1],
  ['Last 24 hours', 24],
  ['Last 7 days', 168],
  ['Last 30 days', 720],
];

interface FilterBarProps {
  readonly filter: TrafficSearch;
  readonly onChange: (filter: TrafficSearch) => void;
}

function wordOf(name: FilterName, value: string): string {
  if (name === 'action') return ACTION_WORDS[Action.parse(value)];
  if (name === 'outcome') return OUTCOME_WORDS[Outcome.parse(value)];
  if (name === 'from' || name === 'to') return formatTime(value);
  return name === 'class' ? toWords(value) : value;
}

export function FilterBar({ filter, onChange }: FilterBarProps): ReactNode {
  const set = (name: FilterName, value: string | undefined): void => onChange({ ...filter, [name]: value });
  const active = FILTER_NAMES.filter((name) => name !== 'action' && name !== 'text' && filter[name] !== undefined);
  return (
    <div className={classes.bar}>
      <div className={classes.line}>
        <SearchField
          className={classes.search}
          label="Search exchanges"
          placeholder="Exchange or key id, key name, model, route or rule"
          text={filter.text ?? ''}
          onSearch={(text) => set('text', text === '' ? undefined : text)}
        />
        <div className={classes.actions} role="group" aria-label="Decision">
          {ACTIONS.map((action) => (
            <UnstyledButton
              key={action}
              className={classes.action}
              data-action={action}
              aria-pressed={filter.action === action}
              onClick={() => set('action', filter.action === action ? undefined : action)}
            >
              <Icon name={ACTION_ICONS[action]} size={14} />
              {ACTION_WORDS[action]}
            </UnstyledButton>
          ))}
        </div>
        <Menu position="bottom-end" shadow="md" width={230}>
          <Menu.Target>
            <Button variant="default" leftSection={<Icon name="plus" size={14} />}>
              Filter
            </Button>
          </Menu.Target>
          <Menu.Dropdown className={classes.menu}>
            <Menu.Label>Time</Menu.Label>
            {SPANS.map(([label, hours]) => (
              <Menu.Item
                key={label}
                onClick={() => set('from', new Date(Date.now() - hours * 3_600_000).toISOString())}
              >
                {label}
              </Menu.Item>
            ))}
            {CHOICES.map(({ name, options }) => (
              <div key={name}>
                <Menu.Label>{LABELS[name]}</Menu.Label>
                {options.map((option) => (
                  <Menu.Item key={option} onClick={() => set(name, option)}>
                    {wordOf(name, option)}
                  </Menu.Item>
                ))}
              </div>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      {active.length > 0 && (
        <div className={classes.chips}>
          {active.map((name) => (
            <span key={name} className={classes.chip}>
              <span className={classes.chipName}>{LABELS[name]}</span>
              <OutsideText text={wordOf(name, filter[name]!)} />
              <UnstyledButton
                className={classes.remove}
                aria-label={`Remove the filter ${LABELS[name]}`}
                onClick={() => set(name, undefined)}
              >
                <Icon name="close" size={12} />
              </UnstyledButton>
            </span>
          ))}
          <Button variant="subtle" size="compact-sm" onClick={() => onChange({})}>
            Clear all
          </Button>
        </div>
      )}
    </div>
  );
}
