import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';

test('keys come from the language, values from the tasks too', async (t) => {
  const { call, desk } = await openApp(t);
  const keys = (await call('GET', '/api/v1/search/suggest?text=sta')).json();
  assert.equal((keys['items'] as { insert: string }[])[0]?.insert, 'state:');
  assert.deepEqual(keys['replace'], { from: 0, to: 3 });
  assert.equal(desk.facetQueries.length, 0);
  const values = (await call('GET', '/api/v1/search/suggest?text=%20name:ma&pos=8')).json();
  assert.deepEqual(values['replace'], { from: 6, to: 8 });
  assert.deepEqual(values['items'], [{ insert: '=x', label: 'x', kind: 'value', count: 2 }]);
  assert.deepEqual([desk.facetQueries[0]?.field, desk.facetQueries[0]?.containing], ['name', 'ma']);
});

test('nothing is counted of values, and nothing odd is answered with an error of the server', async (t) => {
  const { call, desk } = await openApp(t);
  for (const text of ['kwargs.a:x', 'args[0]:x', 'result:x', '"quo', '((((', '__proto__:', '\u0000'])
    assert.equal((await call('GET', `/api/v1/search/suggest?text=${encodeURIComponent(text)}`)).status, 200);
  assert.equal(desk.facetQueries.length, 0);
  for (const wrong of ['pos=-1', 'pos=x', 'pos=2049', `text=${'x'.repeat(2_049)}`])
    assert.equal((await call('GET', `/api/v1/search/suggest?${wrong}`)).status, 400, wrong);
});
