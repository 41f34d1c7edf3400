// bare is an enum value of the contract without the name of its enum: DEPOSIT_STATE_PAID in an answer, PAID in a timeline and in our catalogue.
export function bare(value: string | undefined, prefix: string): string {
  const name = value ?? '';
  return name.startsWith(prefix) ? name.slice(prefix.length) : name || 'UNSPECIFIED';
}
