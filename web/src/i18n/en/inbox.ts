export const passkey = {
  title: 'Passkeys',
  lead: 'Your device logs you in by fingerprint, face or PIN, and counts as both factors. Nothing that could be stolen leaves it.',
  add: 'Add a passkey',
  added: 'The passkey is added.',
  removed: 'The passkey is removed.',
  remove: 'Remove',
  removeNamed: 'Remove the passkey {name}',
  rename: 'Rename',
  renameNamed: 'Rename the passkey {name}',
  renameTitle: 'Name of the passkey',
  name: 'Name',
  since: 'Made {time}',
  used: 'last used {time}',
  unused: 'not used yet',
  synced: 'Synced',
  suspended: 'Refused',
  impossible: 'This browser or address cannot make passkeys.',
};

export const inbox = {
  title: 'Messages',
  lead: 'What has happened on your account. Kept for 90 days.',
  none: 'No messages',
  noneLead: 'When something happens that you should know, it is told here.',
  readAll: 'Mark all as read',
  unread: 'New',
  settings: 'What to be told about',
};

// What a message is about, by its kind.
export const inboxKind = {
  DEPOSIT_RECEIVED: '{amount} has arrived.',
  WITHDRAWAL_PAID: '{amount} has been paid out.',
  WITHDRAWAL_RETURNED: 'A withdrawal of {amount} did not happen; the money is back on your balance.',
  NEW_DEVICE: 'A new device has logged in: {browser}, {ip}.',
  PASSWORD_CHANGED: 'Your password was changed.',
  TOTP_DISABLED: 'Your second factor was turned off.',
  ROUND_UNDER_REVIEW: 'A round is being looked at; we will tell you.',
  OTHER: 'There is news about your account.',
};
