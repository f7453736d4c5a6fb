// The people of a data folder.
import { type People, createPeople } from '../access/index.ts';
import type { Config } from '../contract/index.ts';
import type { DataDir } from './data-dir.ts';

/** @throws AncileError `store_fault` */
export function openPeople(
  data: DataDir,
  append: DataDir['ledger']['append'],
  settings: () => Config['console'],
  onFault: (fault: unknown) => void,
): Promise<People> {
  return createPeople({ store: data.store, keys: data.keys, restraints: data.restraints, append, settings, onFault });
}

/** Where browsers find the console of a server. @param publicUrl - `console.publicUrl`, where there is one */
export function toConsoleAddress(publicUrl: string | undefined, address: string): string {
  return `${(publicUrl ?? address).replace(/\/+$/, '')}/console/`;
}

/** The page where the bearer of a one-time link chooses a password. */
export function toInviteLink(consoleAddress: string, token: string): string {
  return `${consoleAddress}#/invite/${token}`;
}

/** Where browsers find the console, and the link that makes its bearer the first admin; neither where it is switched off. */
export async function openConsoleDoor(
  people: People,
  { enabled, publicUrl }: Config['console'],
  gatewayAddress: string,
): Promise<{ readonly consoleAddress: string | undefined; readonly signInLink: string | undefined }> {
  if (!enabled) return { consoleAddress: undefined, signInLink: undefined };
  const consoleAddress = toConsoleAddress(publicUrl, gatewayAddress);
  const invite = await people.firstInvite();
  return { consoleAddress, signInLink: invite && toInviteLink(consoleAddress, invite.token) };
}
