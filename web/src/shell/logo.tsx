export function Logo() {
  return (
    <span className="flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" className="size-8 shrink-0" aria-hidden="true">
        <rect width="32" height="32" rx="9" fill="#123b2e" />
        <path d="M16 5 26 16 16 27 6 16Z" fill="none" stroke="#e2bb6c" strokeWidth="2" strokeLinejoin="round" />
        <path d="M16 11 20.6 16 16 21 11.4 16Z" fill="#e2bb6c" />
      </svg>
      <span className="text-lg font-bold tracking-tight">Pitboss</span>
    </span>
  );
}
