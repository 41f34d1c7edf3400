'use client';

import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { PaymentMethod } from '@/api/schema';

export function useMethods() {
  return useQuery({ queryKey: keys.methods, queryFn: () => unwrap(api.GET('/v1/payment-methods')).then((r) => r.methods ?? []), staleTime: 60_000 });
}

// limitsOf is what a method takes in a currency; undefined when it does not take it.
export const limitsOf = (method: PaymentMethod | undefined, currency: string) => method?.limits?.find((l) => l.min?.currency === currency);

// currenciesOf are those in which any of the methods works.
export const currenciesOf = (methods: PaymentMethod[]): string[] => [...new Set(methods.flatMap((m) => m.limits ?? []).map((l) => l.min?.currency ?? ''))].filter(Boolean);
