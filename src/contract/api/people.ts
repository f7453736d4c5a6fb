// Local users.
import { z } from 'zod';
import { Role, User, UserRequest } from '../person.ts';
import { defineEndpoint } from './endpoint.ts';

/** `token` goes into a link `/console/#/invite/TOKEN` and is shown once. */
export const Invite = z.object({ user: User, token: z.string(), expires: z.string() });
export type Invite = z.infer<typeof Invite>;

export const peopleApi = {
  listUsers: defineEndpoint({
    method: 'GET',
    path: '/users',
    needs: 'people.manage',
    summary: 'All users.',
    input: z.strictObject({}),
    answer: z.object({ users: z.array(User) }),
  }),
  inviteUser: defineEndpoint({
    method: 'POST',
    path: '/users',
    needs: 'people.manage',
    summary: 'Make a user and a one-time link by which he chooses a password.',
    input: UserRequest,
    answer: Invite,
  }),
  updateUser: defineEndpoint({
    method: 'PUT',
    path: '/users/:id',
    needs: 'people.manage',
    summary: 'Change roles, disable or enable. The last enabled admin stays one. Ends the sessions of the user.',
    input: z.strictObject({
      id: z.string(),
      roles: z.array(Role).min(1).max(4).optional(),
      disabled: z.boolean().optional(),
    }),
    answer: User,
  }),
  resetUser: defineEndpoint({
    method: 'POST',
    path: '/users/:id/reset',
    needs: 'people.manage',
    summary: 'Void password, second factor, lock and sessions, and make a new one-time link.',
    input: z.strictObject({ id: z.string() }),
    answer: Invite,
  }),
};
