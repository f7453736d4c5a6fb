// The form of a new key, and the key itself, which is shown once.
import { ActionIcon, Button, Group, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import type { ApiAnswer, Budget } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { FailureNote } from '../../parts/states.tsx';
import {
  type BudgetDraft,
  EMPTY_BUDGET,
  EMPTY_KEY,
  type KeyDraft,
  type KeyDraftProblem,
  toKeyRequest,
} from './key-form.ts';
import classes from './keys.module.css';
import { NewKey } from './new-key.tsx';

const KINDS = [
  { value: 'service', label: 'a service' },
  { value: 'agent', label: 'an agent' },
  { value: 'person', label: 'a person' },
];

const PERIODS = [
  { value: 'day', label: 'a day' },
  { value: 'month', label: 'a month' },
  { value: 'total', label: 'in all' },
];

interface BudgetRowProps {
  readonly budget: BudgetDraft;
  readonly onChange: (budget: BudgetDraft) => void;
  readonly onRemove: () => void;
}

function BudgetRow({ budget, onChange, onRemove }: BudgetRowProps): ReactNode {
  const set = (change: Partial<BudgetDraft>): void => onChange({ ...budget, ...change });
  return (
    <div className={classes.budgetRow}>
      <Select
        label="Period"
        data={PERIODS}
        value={budget.period}
        onChange={(period) => set({ period: (period ?? 'day') as Budget['period'] })}
      />
      <NumberInput
        label="Requests"
        size="sm"
        min={1}
        allowDecimal={false}
        hideControls
        thousandSeparator=","
        value={budget.requests}
        onChange={(requests) => set({ requests })}
      />
      <NumberInput
        label="Tokens"
        size="sm"
        min={1}
        allowDecimal={false}
        hideControls
        thousandSeparator=","
        value={budget.tokens}
        onChange={(tokens) => set({ tokens })}
      />
      <NumberInput
        label="US dollars"
        size="sm"
        min={0}
        decimalScale={6}
        hideControls
        thousandSeparator=","
        value={budget.dollars}
        onChange={(dollars) => set({ dollars })}
      />
      <ActionIcon size="lg" aria-label="Remove this budget" onClick={onRemove}>
        <Icon name="close" />
      </ActionIcon>
    </div>
  );
}

interface CreateKeyProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function CreateKey({ opened, onClose }: CreateKeyProps): ReactNode {
  const [draft, setDraft] = useState<KeyDraft>(EMPTY_KEY);
  const [problem, setProblem] = useState<KeyDraftProblem>();
  const [made, setMade] = useState<ApiAnswer<'createKey'>>();
  const create = useChange('createKey', ['listKeys']);
  const set = (change: Partial<KeyDraft>): void => setDraft({ ...draft, ...change });
  const refused: KeyDraftProblem | undefined =
    create.error?.at === undefined ? undefined : { field: create.error.at, message: create.error.message };
  const wrong = (field: string): string | undefined =>
    [problem, refused].find((each) => each?.field === field)?.message;

  function close(): void {
    onClose();
    setDraft(EMPTY_KEY);
    setProblem(undefined);
    // The key is nowhere but in this answer: it goes with the dialog.
    setMade(undefined);
    create.reset();
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    const request = toKeyRequest(draft);
    if ('field' in request) {
      setProblem(request);
      return;
    }
    setProblem(undefined);
    create.mutate(request, { onSuccess: setMade });
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={made === undefined ? 'Make a key' : 'Your new key'}
      closeOnClickOutside={made === undefined}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {made !== undefined ? (
        <NewKey made={made} onDone={close} />
      ) : (
        <form className={classes.form} onSubmit={submit}>
          <TextInput
            label="Name"
            description="What it is for; shown on every record."
            required
            maxLength={100}
            data-autofocus
            value={draft.name}
            error={wrong('name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <div className={classes.two}>
            <Select
              label="Used by"
              data={KINDS}
              value={draft.kind}
              onChange={(kind) => set({ kind: (kind ?? 'service') as KeyDraft['kind'] })}
            />
            <TextInput
              label="Tenant"
              required
              maxLength={100}
              value={draft.tenant}
              error={wrong('tenant')}
              onChange={(event) => set({ tenant: event.currentTarget.value })}
            />
          </div>
          <div className={classes.two}>
            <TextInput
              label="Models"
              description="Names or patterns with *, apart by commas."
              required
              value={draft.routes}
              error={wrong('routes')}
              onChange={(event) => set({ routes: event.currentTarget.value })}
            />
            <TextInput
              label="Good until"
              description="Empty: until it is revoked."
              type="date"
              value={draft.expires}
              error={wrong('expires')}
              onChange={(event) => set({ expires: event.currentTarget.value })}
            />
          </div>
          <TextInput
            label="Tools"
            description="server:tool, with * for any; none where it is empty."
            className="mono"
            value={draft.tools}
            error={wrong('tools')}
            onChange={(event) => set({ tools: event.currentTarget.value })}
          />
          <fieldset className={classes.budgets}>
            <legend>Budgets</legend>
            {draft.budgets.map((budget, i) => (
              <BudgetRow
                key={i}
                budget={budget}
                onChange={(next) => set({ budgets: draft.budgets.with(i, next) })}
                onRemove={() => set({ budgets: draft.budgets.toSpliced(i, 1) })}
              />
            ))}
            {wrong('budgets') !== undefined && <p role="alert">{wrong('budgets')}</p>}
            {draft.budgets.length < 3 && (
              <Button
                mt="xs"
                size="compact-sm"
                variant="default"
                leftSection={<Icon name="plus" size={14} />}
                onClick={() => set({ budgets: [...draft.budgets, EMPTY_BUDGET] })}
              >
                Add a budget
              </Button>
            )}
          </fieldset>
          {create.error !== null && <FailureNote failure={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Make the key
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}
