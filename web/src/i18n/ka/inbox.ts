import type { Part } from '../types';

export const passkey: Part<'passkey'> = {
  title: 'პასკები',
  lead: 'მოწყობილობა თითის ანაბეჭდით, სახით ან PIN-ით შეგიყვანთ და ორივე ფაქტორად ითვლება. მისგან მოსაპარი არაფერი გადის.',
  add: 'პასკის დამატება',
  added: 'პასკი დაემატა.',
  removed: 'პასკი წაიშალა.',
  remove: 'წაშლა',
  removeNamed: 'პასკის წაშლა: {name}',
  rename: 'გადარქმევა',
  renameNamed: 'პასკის გადარქმევა: {name}',
  renameTitle: 'პასკის სახელი',
  name: 'სახელი',
  since: 'შეიქმნა {time}',
  used: 'ბოლოს {time}',
  unused: 'ჯერ არ გამოყენებულა',
  synced: 'სინქრონდება',
  suspended: 'უარყოფილია',
  impossible: 'ამ ბრაუზერში ან მისამართზე პასკის შექმნა არ შეიძლება.',
};

export const inbox: Part<'inbox'> = {
  title: 'შეტყობინებები',
  lead: 'რა მოხდა თქვენს ანგარიშზე. ინახება 90 დღე.',
  none: 'შეტყობინებები არ არის',
  noneLead: 'აქ გამოჩნდება ის, რაც უნდა იცოდეთ.',
  readAll: 'ყველას წაკითხულად მონიშვნა',
  unread: 'ახალი',
  settings: 'რის შესახებ შეგატყობინოთ',
};

export const inboxKind: Part<'inboxKind'> = {
  DEPOSIT_RECEIVED: 'ჩაირიცხა {amount}.',
  WITHDRAWAL_PAID: 'გადახდილია {amount}.',
  WITHDRAWAL_RETURNED: '{amount}-ის გატანა არ შედგა; ფული ბალანსზე დაბრუნდა.',
  NEW_DEVICE: 'ახალი მოწყობილობიდან შევიდნენ: {browser}, {ip}.',
  PASSWORD_CHANGED: 'თქვენი პაროლი შეიცვალა.',
  TOTP_DISABLED: 'მეორე ფაქტორი გამოირთო.',
  ROUND_UNDER_REVIEW: 'რაუნდი მოწმდება; შეგატყობინებთ.',
  OTHER: 'თქვენს ანგარიშზე სიახლეა.',
};
