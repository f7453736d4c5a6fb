// The choice of roles, each with what it is for.
import { Checkbox, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Role } from '../../contract.ts';

const PURPOSES: Readonly<Record<Role, string>> = {
  admin: 'Everything, users included.',
  operator: 'Keys, policies and the running of it; does not read what people wrote.',
  approver: 'Sees traffic, and decides on what is held.',
  auditor: 'Sees everything, captured text as well, and changes nothing.',
};

interface RolesProps {
  readonly value: readonly Role[];
  readonly onChange: (roles: Role[]) => void;
}

export function Roles({ value, onChange }: RolesProps): ReactNode {
  return (
    <Checkbox.Group
      label="Roles"
      value={[...value]}
      onChange={(chosen) => onChange(Role.options.filter((role) => chosen.includes(role)))}
    >
      <Stack gap="xs" mt="xs">
        {Role.options.map((role) => (
          <Checkbox key={role} value={role} label={role} description={PURPOSES[role]} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
