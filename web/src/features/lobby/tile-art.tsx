import { useId } from 'react';

// Art of a game tile, drawn from nothing but its name and category: the same game looks the same on every visit and in every browser.

interface Palette {
  deep: string;
  base: string;
  light: string;
  metal: string;
}

const palettes: Palette[] = [
  { deep: '#0b2a21', base: '#14513f', light: '#2c8567', metal: '#e8c57d' },
  { deep: '#2a0d16', base: '#5c1a2c', light: '#96354c', metal: '#f0c9a4' },
  { deep: '#0d1c36', base: '#183a68', light: '#3568a5', metal: '#cfe0f5' },
  { deep: '#24102f', base: '#472158', light: '#7a4293', metal: '#e6c6ef' },
  { deep: '#2b1a07', base: '#5b3a10', light: '#95662a', metal: '#f7dca2' },
  { deep: '#0a262c', base: '#145059', light: '#2f8790', metal: '#c5eeea' },
  { deep: '#1a1d24', base: '#343c4a', light: '#5d6a7f', metal: '#e3c98f' },
];

// hash is FNV-1a, good enough to spread names over pictures.
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function random(seed: number): () => number {
  let s = seed || 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) / 0xffffffff;
  };
}

const kinds: [RegExp, (p: Palette, r: () => number) => React.ReactNode][] = [
  [/roulette/, wheel],
  [/blackjack|poker|baccarat|table|card/, cards],
  [/live/, wheel],
  [/crash/, rocket],
  [/./, reels],
];

export function TileArt({ name, category, className }: { name: string; category: string; className?: string }) {
  const id = useId();
  const seed = hash(name.toLowerCase());
  const r = random(seed);
  const p = palettes[seed % palettes.length] as Palette;
  const motif = (kinds.find(([match]) => match.test(category)) ?? (kinds.at(-1) as (typeof kinds)[number]))[1];
  return (
    <svg viewBox="0 0 240 300" preserveAspectRatio="xMidYMid slice" className={className} aria-hidden="true" focusable="false">
      <defs>
        <radialGradient id={`${id}g`} cx="50%" cy="38%" r="75%">
          <stop offset="0" stopColor={p.light} />
          <stop offset="0.55" stopColor={p.base} />
          <stop offset="1" stopColor={p.deep} />
        </radialGradient>
        <linearGradient id={`${id}s`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0.45" stopColor={p.deep} stopOpacity="0" />
          <stop offset="1" stopColor={p.deep} stopOpacity="0.95" />
        </linearGradient>
      </defs>
      <rect width="240" height="300" fill={`url(#${id}g)`} />
      {backdrop(p, r)}
      <g transform="translate(120 122)">{motif(p, r)}</g>
      <rect width="240" height="300" fill={`url(#${id}s)`} />
      <rect x="9" y="9" width="222" height="282" rx="11" fill="none" stroke={p.metal} strokeOpacity="0.35" />
    </svg>
  );
}

// backdrop is one of three ornaments behind the motif: rays, rings, or a lattice of diamonds.
function backdrop(p: Palette, r: () => number): React.ReactNode {
  const pick = Math.floor(r() * 3);
  if (pick === 0) {
    const count = 18 + Math.floor(r() * 4) * 6;
    return (
      <g transform="translate(120 122)" fill={p.metal} fillOpacity="0.08">
        {Array.from({ length: count / 2 }, (_, i) => {
          const a = (i * 4 * Math.PI) / count;
          const b = a + (2 * Math.PI) / count;
          return <path key={i} d={`M0 0L${point(a, 260)}L${point(b, 260)}Z`} />;
        })}
      </g>
    );
  }
  if (pick === 1) {
    return (
      <g fill="none" stroke={p.metal} strokeOpacity="0.16">
        {Array.from({ length: 9 }, (_, i) => (
          <circle key={i} cx="120" cy="122" r={46 + i * 22} strokeDasharray={i % 2 ? '2 7' : undefined} />
        ))}
      </g>
    );
  }
  return (
    <g fill="none" stroke={p.metal} strokeOpacity="0.13">
      {Array.from({ length: 48 }, (_, i) => {
        const x = (i % 6) * 48 + (Math.floor(i / 6) % 2) * 24 - 12;
        const y = Math.floor(i / 6) * 42;
        return <path key={i} d={`M${x} ${y - 20}l15 20l-15 20l-15 -20Z`} />;
      })}
    </g>
  );
}

const point = (angle: number, radius: number): string => `${(Math.cos(angle) * radius).toFixed(1)} ${(Math.sin(angle) * radius).toFixed(1)}`;

const suits = [
  'M0-22C9-10 22-2 22 9c0 8-10 12-17 5 1 6 3 9 7 12h-24c4-3 6-6 7-12-7 7-17 3-17-5 0-11 13-19 22-31Z',
  'M0 24C-10 12-24 3-24-9c0-9 8-15 15-13 5 1 8 5 9 9 1-4 4-8 9-9 7-2 15 4 15 13C24 3 10 12 0 24Z',
  'M0-26 18 0 0 26-18 0Z',
  'M0-24a12 12 0 0 1 9 20 12 12 0 1 1-6 18c1 6 3 8 6 11h-18c3-3 5-5 6-11a12 12 0 1 1-6-18 12 12 0 0 1 9-20Z',
];

function gem(p: Palette): React.ReactNode {
  return (
    <g stroke={p.deep} strokeWidth="1.5" strokeLinejoin="round">
      <path d="M-24-12-12-24h24l12 12L0 26Z" fill={p.metal} />
      <path d="M-24-12h48M-12-24l5 12L0 26l7-38 5-12" fill="none" strokeOpacity="0.55" />
    </g>
  );
}

function seven(p: Palette): React.ReactNode {
  return <path d="M-17-24h36v9L3 26h-14L3-12h-11v7h-9Z" fill={p.metal} stroke={p.deep} strokeWidth="1.5" strokeLinejoin="round" />;
}

function coin(p: Palette): React.ReactNode {
  return (
    <g>
      <circle r="25" fill={p.metal} stroke={p.deep} strokeWidth="1.5" />
      <circle r="19" fill="none" stroke={p.deep} strokeOpacity="0.45" strokeWidth="1.5" />
      <path d="M0-11 9 0 0 11-9 0Z" fill={p.base} />
    </g>
  );
}

// reels are three windows of a slot, with symbols that the name draws.
function reels(p: Palette, r: () => number): React.ReactNode {
  const symbols = [gem, seven, coin, (q: Palette) => <path d={suits[2]} fill={q.metal} />, (q: Palette) => <path d={suits[0]} fill={q.metal} />];
  const drawn = [-62, 0, 62].map((x) => ({ x, symbol: symbols[Math.floor(r() * symbols.length)] ?? gem }));
  return (
    <g>
      <rect x="-98" y="-58" width="196" height="116" rx="14" fill={p.deep} fillOpacity="0.6" stroke={p.metal} strokeWidth="2.5" />
      {drawn.map(({ x, symbol }) => (
        <g key={x} transform={`translate(${x} 0)`}>
          <rect x="-28" y="-47" width="56" height="94" rx="7" fill={p.base} stroke={p.metal} strokeOpacity="0.35" />
          {symbol(p)}
        </g>
      ))}
      <path d="M-106 0h14M92 0h14" stroke={p.metal} strokeWidth="3" strokeLinecap="round" />
    </g>
  );
}

function cards(p: Palette, r: () => number): React.ReactNode {
  const first = Math.floor(r() * 4);
  return (
    <g>
      {[-17, 0, 17].map((angle, i) => (
        <g key={angle} transform={`rotate(${angle}) translate(0 ${i === 1 ? -8 : 0})`}>
          <rect x="-40" y="-60" width="80" height="116" rx="9" fill={i === 1 ? p.metal : p.base} stroke={p.metal} strokeWidth="2" />
          <path d={suits[(first + i) % 4]} fill={i === 1 ? p.deep : p.metal} transform="translate(0 -2)" />
        </g>
      ))}
    </g>
  );
}

function wheel(p: Palette): React.ReactNode {
  return (
    <g>
      <circle r="82" fill={p.deep} stroke={p.metal} strokeWidth="4" />
      {Array.from({ length: 24 }, (_, i) => (
        <path key={i} d={`M0 0L${point((i * Math.PI) / 12, 74)}A74 74 0 0 1 ${point(((i + 1) * Math.PI) / 12, 74)}Z`} fill={i % 2 ? p.light : p.base} />
      ))}
      <circle r="44" fill={p.deep} stroke={p.metal} strokeWidth="2.5" />
      <path d="M0-30V30M-30 0H30" stroke={p.metal} strokeWidth="5" strokeLinecap="round" />
      <circle r="9" fill={p.metal} />
    </g>
  );
}

function rocket(p: Palette): React.ReactNode {
  return (
    <g>
      <path d="M-92 64C-30 62 26 30 70-50" fill="none" stroke={p.metal} strokeWidth="5" strokeLinecap="round" />
      <path d="M-92 64C-30 62 26 30 70-50V64Z" fill={p.metal} fillOpacity="0.16" />
      <circle cx="70" cy="-50" r="11" fill={p.metal} />
      <circle cx="70" cy="-50" r="20" fill="none" stroke={p.metal} strokeOpacity="0.5" strokeWidth="2" />
    </g>
  );
}
