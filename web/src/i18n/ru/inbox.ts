import type { Part } from '../types';

export const passkey: Part<'passkey'> = {
  title: 'Ключи доступа',
  lead: 'Устройство впускает вас по отпечатку, лицу или PIN-коду и считается за оба фактора. Ничего, что можно украсть, его не покидает.',
  add: 'Добавить ключ',
  added: 'Ключ добавлен.',
  removed: 'Ключ удалён.',
  remove: 'Удалить',
  removeNamed: 'Удалить ключ {name}',
  rename: 'Переименовать',
  renameNamed: 'Переименовать ключ {name}',
  renameTitle: 'Имя ключа',
  name: 'Имя',
  since: 'Создан {time}',
  used: 'последний раз {time}',
  unused: 'ещё не использован',
  synced: 'Синхронизируется',
  suspended: 'Отклонён',
  impossible: 'Этот браузер или адрес не позволяет создать ключ.',
};

export const inbox: Part<'inbox'> = {
  title: 'Сообщения',
  lead: 'Что произошло на вашем счёте. Хранятся 90 дней.',
  none: 'Сообщений нет',
  noneLead: 'Здесь появится то, о чём вам стоит знать.',
  readAll: 'Отметить всё прочитанным',
  unread: 'Новое',
  settings: 'О чём сообщать',
};

export const inboxKind: Part<'inboxKind'> = {
  DEPOSIT_RECEIVED: 'Зачислено {amount}.',
  WITHDRAWAL_PAID: 'Выплачено {amount}.',
  WITHDRAWAL_RETURNED: 'Вывод {amount} не состоялся; деньги снова на балансе.',
  NEW_DEVICE: 'Вход с нового устройства: {browser}, {ip}.',
  PASSWORD_CHANGED: 'Ваш пароль изменён.',
  TOTP_DISABLED: 'Второй фактор выключен.',
  ROUND_UNDER_REVIEW: 'Раунд проверяется; мы сообщим.',
  OTHER: 'Есть новости о вашем счёте.',
};
