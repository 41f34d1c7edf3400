import type { NextConfig } from 'next';

// A static export: the gateway serves the files, Node is not part of a running platform. Dynamic ids travel in the query string.
const config: NextConfig = {
  output: 'export',
  trailingSlash: true,
  reactStrictMode: true,
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
};

export default config;
