// Local users, as an admin manages them.
import type { People } from '../../access/index.ts';
import type { Operations } from './operation.ts';

export interface PeopleParts {
  readonly people: People;
}

export function peopleOperations({
  people,
}: PeopleParts): Pick<Operations, 'listUsers' | 'inviteUser' | 'updateUser' | 'resetUser'> {
  return {
    listUsers: async () => ({ users: people.list() }),
    inviteUser: (request, { actor }) => people.invite(request, actor.name),
    updateUser({ id, roles, disabled }, { actor }) {
      const change = { ...(roles === undefined ? {} : { roles }), ...(disabled === undefined ? {} : { disabled }) };
      return people.update(id, change, actor.name);
    },
    resetUser: ({ id }, { actor }) => people.reset(id, actor.name),
  };
}
