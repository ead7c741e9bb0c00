export {
  type Catalogue,
  catalogue,
  declarationOf,
  groups,
  type Path,
  paths,
  type Request,
  type Response,
} from './catalogue.ts'
export { chainOf, readChain, type Said } from './chain.ts'
export {
  type Answer,
  type Client,
  ConnectionLost,
  type ConnectOptions,
  connect,
  type SayOptions,
  type Socket,
  type SocketConstructor,
  type Subscription,
} from './client.ts'
export { CREDITS_MAX, PAGE_MAX } from './fields.ts'
export {
  type AnswerFrame,
  credentialNames,
  type EventFrame,
  type FrameId,
  type Header,
  ignoredNames,
  isEvent,
  type RequestFrame,
} from './frame.ts'
export { type Access, type Declared, type Permission, permissions } from './instruction.ts'
export { type SheetKind, sheetKinds } from './instructions/sheets.ts'
export { type CleanerName, cleanerNames } from './instructions/system.ts'
export { cataloguePage, instructionsPage, openApi } from './pages.ts'
export {
  commonRefusals,
  type Details,
  type Exit,
  exitCodes,
  isRefusal,
  type Refusal,
  type RefusalCode,
  refusals,
  refuse,
} from './refusals.ts'
export { type FieldUsage, hasSecret, isKeyed, misfit, type Usage, usageOf } from './usage.ts'
