'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Search {
  text: string;
  studio: string;
}

const nothing: Search = { text: '', studio: '' };
const pause = 250;

const fromAddress = (query: URLSearchParams): Search => ({ text: query.get('q') ?? '', studio: query.get('studio') ?? '' });

function toAddress({ text, studio }: Search): string {
  const query = new URLSearchParams();
  if (text.trim()) query.set('q', text.trim());
  if (studio) query.set('studio', studio);
  return query.toString();
}

// useSearch keeps what is searched in the address, so that reload, the way back from a game and a sent link show the same. The lobby's page is made before
// anybody asks for it and cannot know the address; SearchFromAddress, shown inside of it, brings it afterwards.
export function useSearch() {
  const [search, setSearch] = useState(nothing);
  const written = useRef<string | null>(null);

  const arrived = useCallback((query: URLSearchParams) => {
    const found = fromAddress(query);
    // What was written from here comes back, perhaps when more has been typed already.
    if (toAddress(found) === written.current) return;
    written.current = toAddress(found);
    setSearch(found);
  }, []);

  useEffect(() => {
    const text = toAddress(search);
    if (written.current === null || text === written.current) return;
    // Not at every letter: browsers limit how often an address may change.
    const timer = setTimeout(() => {
      written.current = text;
      window.history.replaceState(null, '', text ? `?${text}` : window.location.pathname);
    }, pause);
    return () => clearTimeout(timer);
  }, [search]);

  return { search, setSearch, arrived, reset: () => setSearch(nothing) };
}

export function SearchFromAddress({ onSearch }: { onSearch: (query: URLSearchParams) => void }) {
  const query = useSearchParams();
  useEffect(() => onSearch(query), [query, onSearch]);
  return null;
}
