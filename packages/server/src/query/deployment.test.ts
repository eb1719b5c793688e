import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentOf } from './deployment.ts';

test('what a cluster adds to tell copies apart is not part of a deployment', () => {
  const expected = {
    'celery@web-5d9f7c6b8-x2k4q': 'web',
    'celery@shop-web-5d9f7c6b8-x2k4q': 'shop-web',
    'celery@web-v2-59dd49b48-zxcvb': 'web-v2',
    'celery@nightly-28923840-x2k4q': 'nightly',
    'celery@etl-0': 'etl',
    'celery@etl-17.etl.default.svc.cluster.local': 'etl',
    'celery@shard-2-0': 'shard-2',
    'celery@img-9dd4c': 'img',
    'celery@pay-9f33a': 'pay',
    'etl-x2k4q': 'etl',
    'celery@worker-01.example.com': 'worker',
  };
  for (const [hostname, deployment] of Object.entries(expected))
    assert.equal(deploymentOf(hostname), deployment, hostname);
});

test('a name of another shape is the host itself', () => {
  for (const host of [
    'web',
    'web-node1',
    'web-front',
    'web-cache',
    'app1.example.com',
    'ip-10-0-1-23',
    '10.0.1.23',
    '3f2a91c0d4e5',
    '-0',
    '-x2k4q',
  ])
    assert.equal(deploymentOf(`celery@${host}`), host, host);
  assert.equal(deploymentOf('celery@ip-10-0-1-23.ec2.internal'), 'ip-10-0-1-23.ec2.internal');
  assert.equal(deploymentOf(''), '');
  assert.equal(deploymentOf('celery@'), 'celery@');
});

test('a node name of its own tells two workers of one host apart', () => {
  assert.equal(deploymentOf('fast@web-5d9f7c6b8-x2k4q'), 'fast@web');
  assert.equal(deploymentOf('slow@web-5d9f7c6b8-x2k4q'), 'slow@web');
  assert.equal(deploymentOf('worker1@bigbox'), 'worker1@bigbox');
  assert.equal(deploymentOf('etl-3@bigbox'), 'etl');
  assert.equal(deploymentOf('web-5d9f7c6b8-x2k4q@10.0.1.23'), 'web');
});

test('a hostile name takes no time', () => {
  for (const unit of ['-1', '-', 'b-', '1', '.-1', '@-1']) deploymentOf(`celery@${unit.repeat(200_000)}`);
});
