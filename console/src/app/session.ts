// Who is signed in, and what his roles let him do.
import { queryClient, useApi } from '../api/query.ts';
import type { Failure } from '../api/failure.ts';
import type { Permission, Session } from '../contract.ts';

export interface SessionState {
  readonly session: Session | undefined;
  /** Whether it is not known yet. */
  readonly pending: boolean;
  /** Why it cannot be known; that nobody is signed in is no failure. */
  readonly failure: Failure | undefined;
}

export function useSession(): SessionState {
  const { data, isPending, error } = useApi('getSession', {});
  const failure = error === null || error.code === 'unauthenticated' ? undefined : error;
  // A refused look at the session outlives the answer before it; a server that was away for a moment does not.
  return { session: error?.code === 'unauthenticated' ? undefined : data, pending: isPending, failure };
}

/** Whether the person signed in may do that. */
export function useMay(permission: Permission): boolean {
  return useSession().session?.permissions.includes(permission) === true;
}

const isOther = ({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean => queryKey[0] !== 'getSession';

/** A session has begun: what was read before it was another's. */
export function beginSession(session: Session): void {
  queryClient.removeQueries({ predicate: isOther });
  queryClient.setQueryData(['getSession', {}], session);
}

/** The session has ended here: forgets all that was read in it. */
export async function forgetSession(): Promise<void> {
  queryClient.removeQueries({ predicate: isOther });
  await queryClient.resetQueries({ queryKey: ['getSession'] });
}
