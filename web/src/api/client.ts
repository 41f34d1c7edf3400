import createClient from 'openapi-fetch';

import type { paths } from '@gen/api';

import { ApiError, toError } from './errors';
import { authorize, currentStanding, renew } from './session';
import { askForStepUp } from './step-up';

// api is the typed client of the REST face. Paths, parameters and answers come from the OpenAPI document; nobody writes them by hand.
export const api = createClient<paths>({ baseUrl: '', fetch: send });

// send adds the token, renews it once when it has run out, and asks for the second factor where the platform wants a fresh one; then the call is made
// again with the same idempotency key.
async function send(request: Request): Promise<Response> {
  let response = await attempt(request);
  if (response.status !== 401 || currentStanding() !== 'player') return response;
  let reason = await reasonOf(response);
  if (reason === 'TOKEN_EXPIRED' || reason === 'UNAUTHENTICATED') {
    if (!(await renew())) return response;
    response = await attempt(request);
    if (response.status !== 401) return response;
    reason = await reasonOf(response);
  }
  if (reason === 'STEP_UP_REQUIRED' && (await askForStepUp())) return attempt(request);
  return response;
}

async function attempt(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  await authorize(headers);
  try {
    return await fetch(new Request(request.clone(), { headers }));
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new ApiError('NETWORK');
  }
}

async function reasonOf(response: Response): Promise<string> {
  const body: unknown = await response.clone().json().catch(() => undefined);
  return toError(response, body).reason;
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// unwrap answers the data of a call or throws an ApiError.
export async function unwrap<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (error !== undefined || data === undefined) throw toError(response, error);
  return data;
}
