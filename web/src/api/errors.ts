import type { components } from '@gen/api';

type Status = components['schemas']['google.rpc.Status'];

// What a call was refused with. Decisions are made on the reason, never on the text.
export class ApiError extends Error {
  constructor(
    readonly reason: string,
    readonly metadata: Record<string, string> = {},
    readonly httpStatus = 0,
    // Seconds after which a repetition may help; 0 when none was told.
    readonly retryAfter = 0,
    // Fields that break a rule of the contract.
    readonly fields: string[] = [],
  ) {
    super(reason);
    this.name = 'ApiError';
  }

  // The same call may succeed later without being changed.
  get transient(): boolean {
    return ['NETWORK', 'UNAVAILABLE', 'DEADLINE', 'OVERLOADED', 'RATE_LIMITED', 'INTERNAL', 'PROVIDER_UNAVAILABLE', 'WALLET_UNAVAILABLE'].includes(
      this.reason,
    );
  }
}

export function isReason(error: unknown, ...reasons: string[]): boolean {
  return error instanceof ApiError && reasons.includes(error.reason);
}

// Details of google.rpc.Status are Any values, which the document cannot type further.
interface Detail {
  '@type'?: string;
  reason?: unknown;
  metadata?: unknown;
  fieldViolations?: unknown;
}

// toError reads google.rpc.Status. A body that is none, from a proxy for example, still becomes an error that can be shown.
export function toError(response: Response, body: unknown): ApiError {
  const details = ((body as Status | undefined)?.details ?? []) as Detail[];
  const info = details.find((d) => typeof d.reason === 'string');
  const bad = details.find((d) => Array.isArray(d.fieldViolations));
  const fields = ((bad?.fieldViolations ?? []) as { field?: string }[]).map((v) => v.field ?? '');
  const reason = info ? String(info.reason) : response.status >= 500 ? 'UNAVAILABLE' : 'MALFORMED';
  const retry = Number(response.headers.get('Retry-After') ?? 0);
  return new ApiError(reason, (info?.metadata ?? {}) as Record<string, string>, response.status, Number.isFinite(retry) ? retry : 0, fields);
}
