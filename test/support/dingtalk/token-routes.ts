// Owns the three endpoints that hand out access tokens; must never keep the secret it was shown.

import { z } from 'zod'
import type { Apps } from './apps.ts'
import { apiError, json, oapiAnswer, readJson, type Route } from './http-message.ts'
import type { Tokens } from './tokens.ts'

const appSchema = z.looseObject({ appKey: z.string(), appSecret: z.string() })
const clientSchema = z.looseObject({ client_id: z.string(), client_secret: z.string(), grant_type: z.string() })

/** POST /v1.0/oauth2/accessToken, POST /v1.0/oauth2/{corpId}/token and GET /gettoken. */
export function tokenRoutes(apps: Apps, tokens: Tokens): readonly Route[] {
  const accessToken: Route = {
    method: 'POST',
    path: '/v1.0/oauth2/accessToken',
    answer: (request) => {
      const body = appSchema.safeParse(readJson(request))
      if (!body.success) return apiError(400, 'Missingbody', 'body is mandatory for this action')
      const app = apps.authenticate(body.data.appKey, body.data.appSecret)
      if (app === undefined) return apiError(400, 'invalidClientIdOrSecret', '无效的clientId或者clientSecret')
      const { token, expiresInS } = tokens.issue(app.clientId, 'v1')
      return json(200, { accessToken: token, expireIn: expiresInS })
    },
  }

  const corpToken: Route = {
    method: 'POST',
    path: '/v1.0/oauth2/:corpId/token',
    answer: (request, { corpId }) => {
      const body = clientSchema.safeParse(readJson(request))
      if (!body.success) return apiError(400, 'invalid.client', '无效的client')
      const { client_id: clientId, client_secret: clientSecret, grant_type: grantType } = body.data
      if (grantType !== 'client_credentials') return apiError(400, 'unsupported.grant.type', '不支持的grant_type')
      const app = apps.authenticate(clientId, clientSecret)
      if (app === undefined) return apiError(400, 'invalid.client', '无效的client')
      if (app.corpId !== corpId) return apiError(401, 'unauthorized.client', '未授权的client')
      const { token, expiresInS } = tokens.issue(app.clientId, 'v1')
      return json(200, { access_token: token, expires_in: expiresInS })
    },
  }

  const gettoken: Route = {
    method: 'GET',
    path: '/gettoken',
    answer: ({ query }) => {
      const app = apps.authenticate(query.get('appkey') ?? '', query.get('appsecret') ?? '')
      if (app === undefined) return oapiAnswer(40_089, '不合法的corpid或corpsecret')
      const { token, expiresInS } = tokens.issue(app.clientId, 'oapi')
      return oapiAnswer(0, 'ok', { access_token: token, expires_in: expiresInS })
    },
  }

  return [accessToken, corpToken, gettoken]
}
