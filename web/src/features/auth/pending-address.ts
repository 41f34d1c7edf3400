// The address that waits for its code, kept in this tab until it is confirmed, so that a reload does not lose it.
const key = 'pitboss.verify-address';

export const rememberAddress = (email: string): void => sessionStorage.setItem(key, email);
export const pendingAddress = (): string => sessionStorage.getItem(key) ?? '';
export const forgetAddress = (): void => sessionStorage.removeItem(key);
