// Who came in or was kept out, what administrators changed, and the program's own starts and stops.
import type { EventActivity, EventFamily, LedgerRecord } from '../../contract/index.ts';
import type { Described } from './described.ts';

type Of<K extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: K }>;

export function session(record: Of<'session'>): Described {
  const { state } = record;
  const told = {
    begun: ['authentication', 'logon', 'info', 'A person signed in'],
    ended: ['authentication', 'logoff', 'info', 'A person signed out'],
    refused: ['authentication', 'logon', 'low', 'A sign-in was refused'],
    locked: ['account', 'lock', 'high', 'An account was locked after refused sign-ins'],
  } as const;
  const [family, activity, severity, title] = told[state];
  return {
    family,
    activity,
    severity,
    title,
    outcome: state === 'refused' ? 'failure' : 'success',
    actor: { id: record.actor, kind: 'person', name: record.actor },
    subject: { type: 'user', id: record.actor },
    reason: record.reason,
    count: record.count,
    details: { state, since: record.since },
  };
}

export function accessRefused(record: Of<'access.refused'>): Described {
  const isUnknown = record.reason === 'unauthenticated';
  return {
    family: isUnknown ? 'authentication' : 'api',
    activity: isUnknown ? 'logon' : 'other',
    severity: 'low',
    outcome: 'failure',
    title: isUnknown ? 'Requests without a valid key were refused' : 'Requests were refused before they were read',
    actor: { id: record.principal ?? 'anonymous', ...(record.principal === undefined && { kind: 'anonymous' }) },
    reason: record.reason,
    count: record.count,
    details: { since: record.since },
  };
}

type Change = Of<'admin.change'>['action'];

/** Total: an action that is new must say here what it is. */
const CHANGES: Readonly<Record<Change, readonly [EventFamily, EventActivity, string]>> = {
  'key.create': ['entity', 'create', 'key'],
  'key.revoke': ['entity', 'disable', 'key'],
  'policy.reload': ['entity', 'update', 'policy'],
  'policy.edit': ['entity', 'update', 'policy'],
  'config.reload': ['entity', 'update', 'configuration'],
  'ledger.prune': ['entity', 'delete', 'records'],
  'evidence.expire': ['entity', 'delete', 'evidence'],
  'evidence.read': ['entity', 'read', 'evidence'],
  'backup.create': ['entity', 'create', 'backup'],
  'export.test': ['entity', 'read', 'sink'],
  'monitor.pin': ['entity', 'create', 'baseline'],
  'monitor.unpin': ['entity', 'delete', 'baseline'],
  'export.replay': ['entity', 'update', 'sink'],
  'export.gone': ['entity', 'disable', 'sink'],
  'tool.approve': ['entity', 'enable', 'tool'],
  'tool.deny': ['entity', 'disable', 'tool'],
  'user.invite': ['account', 'create', 'user'],
  'user.join': ['account', 'enable', 'user'],
  'user.update': ['account', 'update', 'user'],
  'user.reset': ['account', 'password_reset', 'user'],
  'user.password': ['account', 'password_change', 'user'],
  'node.accept': ['entity', 'enable', 'node'],
  'user.totp': ['account', 'mfa', 'user'],
};

/** What an attacker would do to be seen less, or a person to leave no trace. */
const GRAVE: ReadonlySet<Change> = new Set([
  'node.accept',
  'policy.edit',
  'ledger.prune',
  'config.reload',
  'policy.reload',
]);

export function adminChange(record: Of<'admin.change'>): Described {
  const [family, activity, type] = CHANGES[record.action];
  const refused = record.outcome === 'refused';
  return {
    family,
    activity,
    severity: refused || GRAVE.has(record.action) ? 'medium' : 'low',
    outcome: refused ? 'failure' : 'success',
    title: `An administrator${refused ? ' tried to' : ''}: ${record.action}`,
    actor: { id: record.actor, kind: 'person', name: record.actor },
    subject: { type, id: record.target },
    details: { change: record.action, detail: record.detail },
  };
}

export function nodeState(record: Of<'node.state'>): Described {
  return {
    family: 'lifecycle',
    activity: record.state === 'started' ? 'start' : 'stop',
    severity: 'info',
    outcome: 'success',
    title: `Ancile ${record.state}`,
    subject: { type: 'node', id: record.node },
    details: { version: record.version, configDigest: record.configDigest, policyVersion: record.policyVersion },
  };
}
