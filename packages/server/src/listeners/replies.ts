import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Refusal, type RefusalCode, refusals, refuse } from '@ewallet/protocol'
import { type Document, jsonDocument } from './documents.ts'

/** How long a peer may take to hear the last word on a connection. */
const LAST_WORD_MS = 2_000

/** An HTTP answer. */
export interface Reply {
  status: number
  document: Document
  headers?: Record<string, string>
  /** Whether the connection ends with it. */
  isLast?: boolean
}

/** Says no as the daemon does, with the status of the refusal and when to come back. */
export function no<Code extends RefusalCode>(refusal: Refusal | Code): Reply {
  const said = typeof refusal === 'string' ? refuse(refusal) : refusal
  const { status } = refusals[said.code]
  const seconds = (said.details as { seconds?: unknown } | undefined)?.seconds
  const wait = typeof seconds === 'number' ? Math.max(1, Math.ceil(seconds)) : 1
  const headers = status === 429 || status === 503 ? { 'retry-after': String(wait) } : undefined
  return { status, document: jsonDocument(said), ...(headers && { headers }) }
}

/** A refusal of HTTP's own making. */
export function misfit(
  status: number,
  error: string,
  warning = 'Nothing was done.',
  headers?: Record<string, string>,
): Reply {
  const document = jsonDocument({ ...refuse('malformed_request', undefined, error), warning })
  return { status, document, ...(headers && { headers }) }
}

/** What a browser asks before a page of a listed origin may post. */
export const preflight: Reply = {
  status: 204,
  document: { type: '', text: '' },
  headers: {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '600',
  },
}

/** Says what was asked for. */
export const found = (document: Document): Reply => ({ status: 200, document })
export const nothingThere = () => misfit(404, 'There is nothing at that address.')
export const notThatWay = (allow: string) => misfit(405, `That address takes ${allow} only.`, undefined, { allow })

function headersOf({ document: { type, text }, headers }: Reply): Record<string, string> {
  return {
    'content-type': type,
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  }
}

/** Sends an answer; `isOpen`: whether the daemon goes on. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  { origins, isOpen }: { origins: readonly string[]; isOpen: boolean },
): void {
  const headers = headersOf(reply)
  const { origin } = request.headers
  if (origin !== undefined && origins.includes(origin)) {
    headers['access-control-allow-origin'] = origin
    headers.vary = 'origin'
  }
  if (!isOpen || !request.complete || reply.isLast) headers.connection = 'close'
  if (reply.status === 204) {
    delete headers['content-length']
    delete headers['content-type']
  }
  response.writeHead(reply.status, headers)
  response.end(request.method === 'HEAD' || reply.status === 204 ? undefined : reply.document.text)
}

/** A whole HTTP answer for a connection that never became one of node's. */
function raw(reply: Reply): string {
  const headers = { ...headersOf(reply), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}`, ...lines, '', reply.document.text].join('\r\n')
}

/** Says a last word on a connection that is nobody's yet, and ends it, whether its peer does so too or not. */
export function partFrom(stream: Duplex, reply: Reply): void {
  const timer = setTimeout(() => stream.destroy(), LAST_WORD_MS).unref()
  stream.once('close', () => clearTimeout(timer))
  stream.end(raw(reply))
  stream.resume()
}
