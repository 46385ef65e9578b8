import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBearerCheck } from '../../../supervisor/chat/bearer.ts'
import { Secret } from '../../../supervisor/secret.ts'

const mayLook = createBearerCheck(new Secret('t0ken'))
const stranger = '203.0.113.9'

test('this machine needs no token', () => {
  for (const peer of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) assert.equal(mayLook({}, peer), true, peer)
})

test('another machine needs exactly the token', () => {
  assert.equal(mayLook({ authorization: 'Bearer t0ken' }, stranger), true)
  for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer t0ke', 'Bearer t0ken ', 'bearer t0ken', 't0ken']) {
    assert.equal(mayLook({ authorization }, stranger), false, authorization)
  }
  assert.equal(mayLook({}, stranger), false)
  assert.equal(mayLook({}, undefined), false)
})

test('a proxy on this machine speaks for others', () => {
  assert.equal(mayLook({ 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1'), false)
  assert.equal(mayLook({ forwarded: 'for=127.0.0.1' }, '127.0.0.1'), false)
  assert.equal(mayLook({ 'x-forwarded-for': stranger, authorization: 'Bearer t0ken' }, '127.0.0.1'), true)
})

test('without a token no other machine may look', () => {
  for (const token of [undefined, new Secret('')]) {
    const check = createBearerCheck(token)
    assert.equal(check({ authorization: 'Bearer ' }, stranger), false)
    assert.equal(check({ authorization: 'Bearer undefined' }, stranger), false)
    assert.equal(check({}, '::1'), true)
  }
})
