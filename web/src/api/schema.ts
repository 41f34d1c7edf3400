import type { components } from '@gen/api';

// Short names for the contract's messages. Nothing here is written by hand: the shapes come from the OpenAPI document.
type Schemas = components['schemas'];

export type Money = Schemas['pitboss.common.v1.Money'];
export type Balance = Schemas['pitboss.wallet.v1.Balance'];
export type Entry = Schemas['pitboss.wallet.v1.Entry'];
export type EntryType = Schemas['pitboss.wallet.v1.EntryType'];
export type AccountKind = Schemas['pitboss.wallet.v1.AccountKind'];
export type Guard = Schemas['pitboss.wallet.v1.Guard'];
export type GuardKind = Schemas['pitboss.wallet.v1.GuardKind'];
export type Player = Schemas['pitboss.identity.v1.Player'];
export type Tokens = Schemas['pitboss.identity.v1.Tokens'];
export type Session = Schemas['pitboss.identity.v1.Session'];
export type Passkey = Schemas['pitboss.identity.v1.Passkey'];
export type InboxMessage = Schemas['pitboss.notification.v1.InboxMessage'];
export type NotificationPreference = Schemas['pitboss.notification.v1.NotificationPreference'];
export type Game = Schemas['pitboss.catalog.v1.Game'];
export type Provider = Schemas['pitboss.catalog.v1.Provider'];
export type LobbyRow = Schemas['pitboss.catalog.v1.LobbyRow'];
export type Bet = Schemas['pitboss.gaming.v1.Bet'];
export type BetState = Schemas['pitboss.gaming.v1.BetState'];
export type Round = Schemas['pitboss.gaming.v1.Round'];
export type PaymentMethod = Schemas['pitboss.cashier.v1.PaymentMethod'];
export type Deposit = Schemas['pitboss.cashier.v1.Deposit'];
export type Withdrawal = Schemas['pitboss.cashier.v1.Withdrawal'];
export type TimelineStep = Schemas['pitboss.cashier.v1.TimelineStep'];
