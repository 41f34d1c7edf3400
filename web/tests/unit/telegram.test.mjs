import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from '../harness/source.mjs';

const { readWidgetResult } = await load('features/auth/telegram-widget.ts');
const { launchUser } = await load('shell/telegram-launch.ts');

const fragment = (text) => `#tgAuthResult=${Buffer.from(text).toString('base64url')}`;

test('the widget’s fields are passed on as Telegram signed them', () => {
  const fields = { id: 4503599627370495, first_name: 'Нино ნინო ?>', photo_url: 'https://t.me/i/userpic/320/x.jpg', auth_date: 1763000000, hash: 'ab' };
  const want = { id: '4503599627370495', first_name: 'Нино ნინო ?>', photo_url: 'https://t.me/i/userpic/320/x.jpg', auth_date: '1763000000', hash: 'ab' };
  assert.deepEqual(readWidgetResult(fragment(JSON.stringify(fields))), want);
  assert.deepEqual(readWidgetResult(`#tgAuthResult=${encodeURIComponent(Buffer.from(JSON.stringify(fields)).toString('base64'))}`), want, 'padded, as some give it');
});

test('a cancelled, absent or broken result is told apart', () => {
  assert.equal(readWidgetResult(''), 'none');
  assert.equal(readWidgetResult('#other=1'), 'none');
  assert.equal(readWidgetResult('#tgAuthResult=false'), 'cancelled');
  for (const broken of ['%', '{', '[]', 'null', '"x"', '{"id":1.5}', '{"id":9007199254740993}', '{"id":{"a":1}}', '{"id":null}']) assert.equal(readWidgetResult(fragment(broken)), 'unreadable', broken);
  assert.equal(readWidgetResult('#tgAuthResult=***'), 'unreadable');
  assert.equal(readWidgetResult(`#tgAuthResult=${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}`), 'unreadable', 'not UTF-8');
});

test('who has opened a Mini App is read, whatever stands there', () => {
  const data = (user) => new URLSearchParams({ user, auth_date: '1' }).toString();
  assert.deepEqual(launchUser(data('{"id":77,"first_name":"Ana","username":"ana_plays"}')), { id: '77', name: 'Ana @ana_plays' });
  assert.equal(launchUser(data(`{"id":77,"first_name":"${'a'.repeat(500)}"}`)).name.length, 80);
  for (const broken of ['', '{', 'null', '[]']) assert.equal(launchUser(data(broken)).id, '');
});
