import { test } from 'node:test'
import assert from 'node:assert/strict'
import { FORMATS } from '../../../supervisor/routing/formats.ts'

const CASES: Record<string, { good: string[]; bad: string[] }> = {
  date: {
    good: ['2026-01-31', '2024-02-29', '0001-12-31'],
    bad: ['2023-02-29', '2026-13-01', '2026-1-1', '2026-04-31', ''],
  },
  time: { good: ['09:30:00Z', '23:59:60+08:00', '00:00:00.123-05:30'], bad: ['9:30', '24:00:00Z', '09:30:00'] },
  'date-time': {
    good: ['2026-01-31T09:30:00+08:00', '2026-01-31 09:30:00z'],
    bad: ['2026-01-31', '2026-02-30T09:30:00Z', '2026-01-31x09:30:00Z'],
  },
  duration: { good: ['P1D', 'PT1H30M', 'P2W', 'P1Y2M3DT4S'], bad: ['P', 'PT', '1D', 'P1H'] },
  email: { good: ['a.b+c@example.com'], bad: ['a', '@example.com', 'a@', 'a b@example.com', 'a@b..c', 'a@-b.com'] },
  hostname: {
    good: ['localhost', 'www.example.com', 'a-b.c'],
    bad: ['', 'a..b', '-a', 'a_b', `${'a'.repeat(64)}.com`],
  },
  ipv4: { good: ['192.0.2.1', '0.0.0.0', '255.255.255.255'], bad: ['256.0.0.1', '1.2.3', '01.2.3.4', '1.2.3.4.5'] },
  ipv6: { good: ['::', '2001:db8::1', '::ffff:1.2.3.4'], bad: ['1.2.3.4', ':::', '2001:db8::1]', '12345::'] },
  uri: {
    good: ['https://example.com/页?q=1', 'mailto:a@b.c', 'urn:x:y'],
    bad: ['example.com', '/a/b', 'http://', 'http://a b'],
  },
  uuid: { good: ['123e4567-e89b-12d3-a456-426614174000'], bad: ['123e4567e89b12d3a456426614174000', 'x'] },
}

test('every format has its cases', () => {
  assert.deepEqual(Object.keys(CASES).sort(), Object.keys(FORMATS).sort())
})

for (const [format, { good, bad }] of Object.entries(CASES)) {
  test(format, () => {
    const check = FORMATS[format]
    assert.deepEqual(
      good.filter((text) => !check?.(text)),
      [],
    )
    assert.deepEqual(
      bad.filter((text) => check?.(text)),
      [],
    )
  })
}

test('a long text costs no more than its length', () => {
  const long = ['1', 'a', '-', '.', 'a.', ':', '1:', '@', 'P1', ' '].map((piece) => piece.repeat(200_000))
  for (const check of Object.values(FORMATS))
    assert.deepEqual(
      long.map(check),
      long.map(() => false),
    )
})
