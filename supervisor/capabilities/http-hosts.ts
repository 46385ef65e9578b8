// Host patterns of a grant: `api.example.com`, `*.example.com`, `10.1.2.3:8443`, `[::1]`. Compares only normalised URLs.
import { isLoopbackLiteral } from './addresses.ts'

const SHAPE = /^(?<star>\*\.)?(?<host>\[[^\]]*\]|[^:]+)(?::(?<port>\d{1,5}))?$/
const NAME = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*$/
// Registries that sell names below a second label (`co.uk`, `com.cn`): a star there would be everybody's.
const REGISTRY = /^(?:ac|co|com|edu|go|gov|ne|net|or|org)\.[a-z]{2}$/
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** What is wrong with a host pattern, in a sentence that says how to write it; null when nothing is. */
export function hostProblem(pattern: string): string | null {
  const { star, host = '', port } = SHAPE.exec(pattern)?.groups ?? {}
  if (host === '' || host === '*') {
    return `"${pattern}" is not a host: write a name such as api.example.com, *.example.com or api.example.com:8443`
  }
  const normal = URL.parse(`https://${host}`)?.hostname
  if (normal === undefined) return `"${host}" is not a host name`
  if (normal !== host) return `write "${host}" as "${normal}", the form that it has in a URL`
  if (!host.startsWith('[') && !NAME.test(host)) return `"${host}" is not a host name`
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return `"${port}" is not a port`
  if (star !== undefined && (!host.includes('.') || REGISTRY.test(host) || /\d$|\]$/.test(host))) {
    return `"${pattern}" is too broad: name the hosts, or put the star below a domain of one owner (*.example.com)`
  }
  return null
}

/**
 * Whether the pattern covers a URL's host and port. A star is exactly one label. Without a port the pattern covers the
 * scheme's default one; a loopback literal without a port covers all, because development servers move about.
 */
export function hostCovers(pattern: string, url: URL): boolean {
  const { star, host = '', port } = SHAPE.exec(pattern)?.groups ?? {}
  const named = star === undefined ? url.hostname : url.hostname.slice(url.hostname.indexOf('.') + 1)
  if (named !== host) return false
  if (port === undefined && isLoopbackLiteral(host)) return true
  const standard = DEFAULT_PORTS[url.protocol]
  return (url.port || standard) === (port ?? standard)
}
