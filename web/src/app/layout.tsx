import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';

import { Providers } from '@/shell/providers';
import { Shell } from '@/shell/shell';
import { bootScript } from '@/theme';

import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Pitboss', template: '%s · Pitboss' },
  description: 'An online casino whose books always balance.',
  icons: { icon: '/icon.svg' },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: dark)', color: '#0a100e' },
    { media: '(prefers-color-scheme: light)', color: '#f6f3ec' },
  ],
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: bootScript }} />
      </head>
      <body>
        <Providers>
          <Shell>{children}</Shell>
        </Providers>
      </body>
    </html>
  );
}
