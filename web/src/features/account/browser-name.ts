const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

// browserName is what people call what a browser calls itself; undefined for what is no browser that we know.
export function browserName(userAgent: string): string | undefined {
  const named = (list: [RegExp, string][]) => list.find(([match]) => match.test(userAgent))?.[1];
  return [named(browsers), named(systems)].filter(Boolean).join(', ') || undefined;
}

export const isPhone = (userAgent: string): boolean => /iPhone|Android.*Mobile/.test(userAgent);
