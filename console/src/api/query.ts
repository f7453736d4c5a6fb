// Questions to the interface, kept and shared between pages: one hook for what is read, one for what is changed.
import {
  QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { ApiAnswer, ApiInput, ApiName } from '../contract.ts';
import { api } from './client.ts';
import { type Failure, isPassing, toFailure } from './failure.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (count, thrown) => count < 2 && isPassing(toFailure(thrown)),
    },
    mutations: { retry: false },
  },
});

/** Asks one operation. @throws Failure */
export async function ask<K extends ApiName>(name: K, input: ApiInput<K>): Promise<ApiAnswer<K>> {
  try {
    return await api[name](input);
  } catch (thrown) {
    const failure = toFailure(thrown);
    // The session has ended meanwhile: the frame shows sign-in again as soon as it is known.
    if (failure.code === 'unauthenticated' && name !== 'getSession' && name !== 'signIn') {
      void queryClient.resetQueries({ queryKey: ['getSession'] });
    }
    throw failure;
  }
}

interface ReadOptions {
  readonly enabled?: boolean;
  /** Ask again after so long, milliseconds, while the page is seen. */
  readonly every?: number;
  /** Show the answer to the question before while this one is asked. */
  readonly keep?: boolean;
  /** Ask whenever it is shown, however lately it was asked before. */
  readonly fresh?: boolean;
}

/** What a read operation answers. */
export function useApi<K extends ApiName>(
  name: K,
  input: ApiInput<K>,
  { enabled = true, every, keep = false, fresh = false }: ReadOptions = {},
): UseQueryResult<ApiAnswer<K>, Failure> {
  return useQuery<ApiAnswer<K>, Failure>({
    queryKey: [name, input],
    queryFn: () => ask(name, input),
    enabled,
    ...(every === undefined ? {} : { refetchInterval: every }),
    ...(fresh ? { staleTime: 0 } : {}),
    ...(keep ? { placeholderData: keepPreviousData as never } : {}),
  });
}

/** An operation that changes something; the reads named in `touches` are asked again after it. */
export function useChange<K extends ApiName>(
  name: K,
  touches: readonly ApiName[] = [],
): UseMutationResult<ApiAnswer<K>, Failure, ApiInput<K>> {
  const client = useQueryClient();
  return useMutation<ApiAnswer<K>, Failure, ApiInput<K>>({
    mutationFn: (input) => ask(name, input),
    onSettled: () => Promise.all(touches.map((each) => client.invalidateQueries({ queryKey: [each] }))),
  });
}
