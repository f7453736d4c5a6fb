// Signing in and out, and what a person does for himself.
import type { People } from '../../access/index.ts';
import { personOf } from './actor.ts';
import type { Operations } from './operation.ts';

export function sessionOperations({
  people,
}: {
  readonly people: People;
}): Pick<
  Operations,
  | 'signIn'
  | 'acceptInvite'
  | 'readInvite'
  | 'getSession'
  | 'signOut'
  | 'changePassword'
  | 'beginTotp'
  | 'confirmTotp'
  | 'removeTotp'
> {
  return {
    async signIn(attempt, { from, keepToken, device }) {
      const { session, token, device: known } = await people.signIn({ ...attempt, from, device: device?.token });
      keepToken(token);
      device?.keep(known);
      return session;
    },
    async acceptInvite(acceptance, { from, keepToken, device }) {
      const { session, token, device: known } = await people.acceptInvite({ ...acceptance, from });
      keepToken(token);
      device?.keep(known);
      return session;
    },
    readInvite: async ({ token }) => people.readInvite(token),
    getSession: async (_, caller) => personOf(caller).session,
    async signOut(_, caller) {
      await people.signOut(personOf(caller).token);
      caller.keepToken(undefined);
      return {};
    },
    async changePassword(passwords, caller) {
      await people.changePassword(personOf(caller).token, passwords);
      return {};
    },
    beginTotp: async ({ password }, caller) => people.beginTotp(personOf(caller).token, password),
    confirmTotp: async ({ code }, caller) => people.confirmTotp(personOf(caller).token, code),
    async removeTotp({ password }, caller) {
      await people.removeTotp(personOf(caller).token, password);
      return {};
    },
  };
}
