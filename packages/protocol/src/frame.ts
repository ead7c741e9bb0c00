import type { Refusal } from './refusals.ts'

/** What stands in a request's header, or beside `controller` in either form of the frame. */
export interface Header {
  client_id?: string
  session_token?: string
  /** 1 to 64 characters; the same key with the same request gets the first answer again. */
  idempotency_key?: string
  /** Computed and answered, nothing kept. */
  dry_run?: boolean
  timestamps?: 'local' | 'iso'
  /** The email of whom the caller believes to be active; in `header` only. */
  account?: string
  /**
   * Requests of one session with the same number on one connection are done in their order, and none after the first that is
   * refused; a higher number begins the next pipeline and ends the one before. In `header` only.
   */
  pipeline?: number
}

/** The header's names that may also stand beside `controller`. */
export const credentialNames = ['client_id', 'session_token', 'idempotency_key', 'dry_run', 'timestamps'] as const

/** Names from seed 003's header that the daemon knows by itself: accepted and ignored. */
export const ignoredNames = ['src_address', 'src_port', 'loggin_user', 'session_id'] as const

export type FrameId = string | number

/** A request on the WebSocket. */
export interface RequestFrame {
  id: FrameId
  header: Header
  command_chain: Record<string, unknown>
}

/** The answer to the request of the same id; `id` is null where none came. */
export interface AnswerFrame {
  id: FrameId | null
  response: Record<string, unknown> | Refusal
}

/** Something that happened, pushed to who subscribed. */
export interface EventFrame {
  event: string
  /** Null for what is live only. */
  cursor: number | null
  /** The email of the account it happened to. */
  account: string
  data: Record<string, unknown>
}

/** Whether a frame from the daemon is an event and not an answer. */
export function isEvent(frame: AnswerFrame | EventFrame): frame is EventFrame {
  return 'event' in frame
}
