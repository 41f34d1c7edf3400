// Names of what is cached, in one place, so that who changes something can say what has become stale.
export const keys = {
  me: ['me'] as const,
  balances: ['balances'] as const,
  guards: ['guards'] as const,
  sessions: ['sessions'] as const,
  telegramLink: ['telegram-link'] as const,
  methods: ['payment-methods'] as const,
  lobby: ['lobby'] as const,
  game: (id: string) => ['game', id] as const,
  games: (filter: object) => ['games', filter] as const,
  entries: (filter: object) => ['entries', filter] as const,
  bets: (filter: object) => ['bets', filter] as const,
  round: (id: string) => ['round', id] as const,
  deposit: (id: string) => ['deposit', id] as const,
  deposits: ['deposits'] as const,
  withdrawal: (id: string) => ['withdrawal', id] as const,
  withdrawals: ['withdrawals'] as const,
};
