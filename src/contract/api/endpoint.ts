// What an operation of the admin interface is, as data: the server's routes, the OpenAPI document and the typed client
// are all made from the same table.
import { z } from 'zod';
import type { Permission } from '../person.ts';

export interface Endpoint<I extends z.ZodObject = z.ZodObject, A extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`. `:name` parts are members of the input; the rest of it is the query of a GET, else the body. */
  readonly path: string;
  /** `public`: no session; `session`: any. */
  readonly needs: Permission | 'public' | 'session';
  readonly summary: string;
  readonly input: I;
  readonly answer: A;
}

export function defineEndpoint<I extends z.ZodObject, A extends z.ZodType>(endpoint: Endpoint<I, A>): Endpoint<I, A> {
  return endpoint;
}

/** What an operation answers with where it failed; `at` is the member of the input that is wrong. */
export const FailureBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    at: z.string().optional(),
    hint: z.string().optional(),
  }),
});
