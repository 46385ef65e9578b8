// The capability http.fetch: one HTTP request to a host, method and path that the grant names, with secrets it never shows.
import { z } from 'zod'
import { capability } from './capability.ts'
import { httpCovers } from './http-covers.ts'
import { follow } from './http-follow.ts'
import { httpGrant } from './http-grant.ts'
import { httpRequest, redactHttp } from './http-request.ts'

// Ten seconds is a command's own default wall time; five redirects are twice what well-kept servers need.
const LIMITS = Object.freeze({ redirects: 5, milliseconds: 10_000, bytes: 1024 ** 2 })

const replySchema = z.strictObject({
  status: z.number().int().min(100).max(999),
  headers: z.record(z.string(), z.string()).describe('Lower-case names; without set-cookie'),
  body: z.string().describe('Decoded as UTF-8'),
  url: z.string().describe('Where the last redirect led'),
})

export const httpFetch = capability({
  name: 'http.fetch',
  summary: 'Sends HTTP requests to the hosts, methods and paths listed',
  grant: httpGrant,
  request: httpRequest,
  reply: replySchema,
  covers: httpCovers,
  redact: redactHttp,
  powers: ['http', 'secrets'],
  perform: (allowed, powers, caller) => follow(allowed, powers, caller, LIMITS),
})
