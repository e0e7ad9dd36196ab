import { describe, expect, it } from 'vitest';
import { pushWay } from '../../../src/work/push.ts';
import { parsePush } from '../../../src/work/push-body.ts';
import { refuseStranger } from '../../../src/work/push-guard.ts';

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const JOBS = { workload: 'x', unit: 'jobs' };

describe('what is pushed', () => {
  it('is a total or an increment, of a workload by id or name, or of the host', () => {
    const items = [
      { ...JOBS, total: 123 },
      { ...JOBS, add: 0.5 },
      { unit: 'jobs', total: 0 },
      { workload: { name: 'nginx.service', kind: 'unit' }, unit: 'requests', add: 1 },
    ];
    expect(parsePush(body(items))).toEqual({
      ok: true,
      pushes: [
        { ...JOBS, total: 123 },
        { ...JOBS, added: 0.5 },
        { workload: 'host', unit: 'jobs', total: 0 },
        { workload: { name: 'nginx.service', kind: 'unit' }, unit: 'requests', added: 1 },
      ],
    });
    expect(parsePush(body({ ...JOBS, total: 1 }))).toMatchObject({ ok: true, pushes: [{ total: 1 }] });
  });

  it.each<[string, unknown, RegExp]>([
    ['a number', 5, /must be an object such as/],
    ['null', null, /must be an object/],
    ['an empty list', [], /the list is empty/],
    ['no unit', { workload: 'x', total: 1 }, /unit must be a word such as "requests"/],
    ['a unit that is no name', { unit: 'Jobs done', total: 1 }, /unit must be a word/],
    ['a unit of 33 letters', { unit: 'j'.repeat(33), total: 1 }, /unit must be a word/],
    ['no amount', JOBS, /one of total \(cumulative\) and add/],
    ['both amounts', { ...JOBS, total: 1, add: 1 }, /one of total/],
    ['a negative amount', { ...JOBS, add: -1 }, /add must be a number from 0 to 2\^53/],
    ['a text for an amount', { ...JOBS, total: '1' }, /total must be a number/],
    ['more than can be counted', { ...JOBS, total: 1e300 }, /total must be a number/],
    ['too long a workload', { ...JOBS, workload: 'é'.repeat(65), total: 1 }, /at most 128 bytes/],
    ['a line break in a workload', { ...JOBS, workload: 'a\nb', total: 1 }, /workload must be/],
    [
      'a kind that has no owner',
      { workload: { name: 'x', kind: 'idle' }, unit: 'jobs', total: 1 },
      /workload must be/,
    ],
    [
      'a key that is not known',
      { ...JOBS, totl: 1 },
      /"totl" is not known; known are workload, unit, total, add/,
    ],
  ])('is refused with %s', (_, value, reason) => {
    expect(parsePush(body(value))).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('is refused whole where one of a list is wrong, which is named', () => {
    const push = pushWay();
    const reply = push.accept(
      body([
        { ...JOBS, add: 1 },
        { ...JOBS, add: -1 },
      ]),
    );
    expect(reply).toMatchObject({ ok: false, status: 400, reason: expect.stringMatching(/^item 1: add/) });
    expect(push.take()).toEqual([]);
  });

  it.each([
    ['no JSON', Buffer.from('{unit: jobs}')],
    ['nothing', Buffer.alloc(0)],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a deep nest', Buffer.from('['.repeat(30_000))],
  ])('is refused where it is %s', (_, raw) => {
    expect(parsePush(raw)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('the body is no JSON'),
    });
  });

  it('reaches no prototype', () => {
    const reply = parsePush(Buffer.from('{"__proto__": {"unit": "jobs"}, "unit": "jobs", "total": 1}'));
    expect(reply).toMatchObject({ ok: false, reason: expect.stringContaining('"__proto__" is not known') });
  });
});

describe('until the next tick', () => {
  it('is told by how many counters there are, each once', () => {
    const push = pushWay();
    expect(push.detail()).toBe('nothing was pushed yet');
    for (const total of [1, 2]) push.accept(body({ ...JOBS, total }));
    expect(push.detail()).toBe('1 counter is pushed');
    push.accept(body({ ...JOBS, unit: 'requests', total: 1 }));
    expect(push.detail()).toBe('2 counters are pushed');
  });

  it('increments are summed and totals that climb are one', () => {
    const push = pushWay();
    for (const amount of [1, 2, 3]) push.accept(body({ ...JOBS, add: amount }));
    for (const total of [10, 10, 30]) push.accept(body({ ...JOBS, workload: 'y', total }));
    expect(push.isWaiting()).toBe(true);
    expect(push.take()).toMatchObject([
      { ...JOBS, added: 6 },
      { workload: 'y', total: 30 },
    ]);
    expect([push.isWaiting(), push.take()]).toEqual([false, []]);
  });

  it('a restart between two pushes is kept, so that both lives count', () => {
    const push = pushWay();
    for (const total of [100, 120, 5, 7]) push.accept(body({ ...JOBS, total }));
    expect(push.take()).toMatchObject([{ total: 120 }, { total: 7 }]);
  });

  it('there is room for 1000 pairs and no more', () => {
    const push = pushWay();
    const pairs = (from: number, count: number) =>
      body(Array.from({ length: count }, (_, i) => ({ workload: `w${from + i}`, unit: 'jobs', add: 1 })));
    expect(push.accept(pairs(0, 999))).toMatchObject({ ok: true, accepted: 999 });
    expect(push.accept(pairs(998, 3))).toMatchObject({
      ok: false,
      status: 409,
      reason: expect.stringContaining('1000'),
    });
    expect(push.accept(pairs(998, 2))).toMatchObject({ ok: true });
    expect(push.take()).toHaveLength(1000);
    expect(push.accept(pairs(5000, 1))).toMatchObject({ ok: false, status: 409 });
    expect(push.accept(pairs(3, 1))).toMatchObject({ ok: true });
  });

  it('a pair that found no place is refused, and may try again a minute later', () => {
    let now = 0;
    const push = pushWay(() => now);
    const one = body({ ...JOBS, add: 1 });
    push.accept(one);
    push.take();
    push.refuse([JOBS]);
    expect(push.accept(one)).toMatchObject({ ok: false, status: 409 });
    now = 61_000;
    expect(push.accept(one)).toMatchObject({ ok: true });
  });

  it('nothing more is taken once the agent stops; what was taken is still handed over', () => {
    const push = pushWay();
    push.accept(body({ ...JOBS, add: 1 }));
    push.close();
    expect(push.accept(body({ ...JOBS, add: 1 }))).toMatchObject({ ok: false, status: 503 });
    expect(push.take()).toMatchObject([{ added: 1 }]);
  });
});

describe('who may push', () => {
  const json = { host: '127.0.0.1:10202', 'content-type': 'application/json' };
  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.8.9.10'])('a program on %s', (peer) =>
    expect(refuseStranger(peer, json)).toBeUndefined(),
  );
  it.each(['localhost', 'LOCALHOST:80', '[::1]:10202', '127.0.0.1'])('under the name %s', (host) =>
    expect(refuseStranger('127.0.0.1', { ...json, host })).toBeUndefined(),
  );
  it('a page of this server itself', () =>
    expect(
      refuseStranger('127.0.0.1', {
        ...json,
        origin: 'http://127.0.0.1:10202',
        'sec-fetch-site': 'same-origin',
      }),
    ).toBeUndefined());
  it.each(['10.0.0.7', '192.168.1.2', 'fe80::1', '::ffff:10.0.0.1', '128.0.0.1', undefined])(
    'not %s',
    (peer) => expect(refuseStranger(peer, json)?.status).toBe(403),
  );
  it.each([
    ['a name that was bound to this host (DNS rebinding)', { host: 'evil.example:10202' }, 403],
    ['a name that only begins like it', { host: '127.0.0.1.evil.example' }, 403],
    ['no name', { host: undefined }, 403],
    ['a page of another origin', { origin: 'http://evil.example' }, 403],
    ['a page of another port', { origin: 'http://127.0.0.1:8080' }, 403],
    ['a page without origin', { origin: 'null' }, 403],
    ['a page of another site, as the browser says', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }, 403],
    ['a proxy', { 'x-forwarded-for': '10.0.0.7' }, 403],
    ['a proxy by the standard', { forwarded: 'for=10.0.0.7' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['a form of another kind', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no type', { 'content-type': undefined }, 415],
    ['letters of another kind', { 'content-type': 'application/json; charset=latin1' }, 415],
    ['something compressed', { 'content-encoding': 'gzip' }, 415],
  ])('not %s', (_, headers, status) =>
    expect(refuseStranger('127.0.0.1', { ...json, ...headers })?.status).toBe(status),
  );
});
