// Sign-in and what a person may do for himself.
import { z } from 'zod';
import { Password, Session, UserName } from '../person.ts';
import { defineEndpoint } from './endpoint.ts';

const nothing = z.strictObject({});
const done = z.object({});
/** Six digits, or a recovery code. */
const Code = z.string().min(6).max(40);
const CurrentPassword = z.string().max(256);

export const sessionApi = {
  signIn: defineEndpoint({
    method: 'POST',
    path: '/session',
    needs: 'public',
    summary: 'Sign in; `code` where the user has a second factor (without it the error is `second_factor_required`).',
    input: z.strictObject({ name: UserName, password: CurrentPassword, code: Code.optional() }),
    answer: Session,
  }),
  acceptInvite: defineEndpoint({
    method: 'POST',
    path: '/invite',
    needs: 'public',
    summary: 'Choose a password by a one-time link; signs in.',
    input: z.strictObject({ token: z.string().min(20).max(100), password: Password }),
    answer: Session,
  }),
  readInvite: defineEndpoint({
    method: 'POST',
    path: '/invite/read',
    needs: 'public',
    summary: 'Whose link it is, before a password is chosen.',
    input: z.strictObject({ token: z.string().min(20).max(100) }),
    answer: z.object({ name: UserName, expires: z.string() }),
  }),
  getSession: defineEndpoint({
    method: 'GET',
    path: '/session',
    needs: 'session',
    summary: 'Who is signed in.',
    input: nothing,
    answer: Session,
  }),
  signOut: defineEndpoint({
    method: 'DELETE',
    path: '/session',
    needs: 'session',
    summary: 'End this session.',
    input: nothing,
    answer: done,
  }),
  changePassword: defineEndpoint({
    method: 'POST',
    path: '/session/password',
    needs: 'session',
    summary: 'Change the own password; ends all other sessions of the user.',
    input: z.strictObject({ current: CurrentPassword, next: Password }),
    answer: done,
  }),
  beginTotp: defineEndpoint({
    method: 'POST',
    path: '/session/totp',
    needs: 'session',
    summary: 'Begin a second factor (RFC 6238): the secret is shown once and holds when confirmed.',
    input: z.strictObject({ password: CurrentPassword }),
    answer: z.object({ secret: z.string(), uri: z.string() }),
  }),
  confirmTotp: defineEndpoint({
    method: 'POST',
    path: '/session/totp/confirm',
    needs: 'session',
    summary: 'Prove the second factor; answers with single-use recovery codes, shown once.',
    input: z.strictObject({ code: Code }),
    answer: z.object({ recoveryCodes: z.array(z.string()) }),
  }),
  removeTotp: defineEndpoint({
    method: 'DELETE',
    path: '/session/totp',
    needs: 'session',
    summary: 'Remove the second factor.',
    input: z.strictObject({ password: CurrentPassword }),
    answer: done,
  }),
};
