'use client';

import { usePathname } from 'next/navigation';
import { useEffect } from 'react';

// useTitle names the page in the player's language. The exported title is English, and comes again with each change of address.
export function useTitle(title: string): void {
  const path = usePathname();
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      document.title = `${title} · Pitboss`;
    });
    return () => cancelAnimationFrame(frame);
  }, [title, path]);
}
