// People: who may sign in, what each role may do, and a session.
import { z } from 'zod';

export const Role = z.enum(['admin', 'operator', 'approver', 'auditor']);
export type Role = z.infer<typeof Role>;

/** What can be permitted. `local` is the data folder's owner at the machine itself (the command line) and no role. */
export const Permission = z.enum([
  'traffic.read',
  'evidence.read',
  'keys.manage',
  'policies.manage',
  'approvals.decide',
  'feedback.give',
  'models.decide',
  /** Incidents, and what contains them. */
  'incidents.respond',
  'people.manage',
  'system.manage',
  'local',
]);
export type Permission = z.infer<typeof Permission>;

/** Least privilege: an auditor sees everything and changes nothing; an operator does not read what people wrote. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  admin: [
    'traffic.read',
    'evidence.read',
    'keys.manage',
    'policies.manage',
    'approvals.decide',
    'feedback.give',
    'models.decide',
    'incidents.respond',
    'people.manage',
    'system.manage',
  ],
  operator: [
    'traffic.read',
    'keys.manage',
    'policies.manage',
    'feedback.give',
    'models.decide',
    'incidents.respond',
    'system.manage',
  ],
  approver: ['traffic.read', 'approvals.decide', 'models.decide'],
  auditor: ['traffic.read', 'evidence.read'],
};

/** A sign-in name: what is shown on records. */
export const UserName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u, 'expected 1 to 64 letters, digits and . _ @ + -');

/** NIST SP 800-63B-4: length counts, composition rules do not. */
export const Password = z.string().min(12, 'expected at least 12 characters').max(256);

export const User = z.object({
  id: z.string(),
  name: UserName,
  roles: z.array(Role).min(1),
  created: z.string(),
  /** Invited and has not chosen a password yet. */
  invited: z.boolean(),
  disabled: z.boolean(),
  totp: z.boolean(),
  /** ISO 8601 time until which sign-in is refused after too many wrong tries. */
  lockedUntil: z.string().optional(),
  lastSignIn: z.string().optional(),
});
export type User = z.infer<typeof User>;

export const UserRequest = z.strictObject({ name: UserName, roles: z.array(Role).min(1).max(4) });
export type UserRequest = z.infer<typeof UserRequest>;

/** A session as its holder sees it; the session's token is in an HttpOnly cookie and nowhere else. */
export const Session = z.object({
  user: User,
  permissions: z.array(Permission),
  /** Sent back in `x-ancile-csrf` with everything that changes something. */
  csrf: z.string(),
  /** ISO 8601 times: with no request until `idleUntil`, or at `until`, the session ends. */
  idleUntil: z.string(),
  until: z.string(),
});
export type Session = z.infer<typeof Session>;
