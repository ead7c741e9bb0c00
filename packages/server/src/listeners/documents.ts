import { cataloguePage, openApi } from '@ewallet/protocol'
import { versionHere } from '../installation.ts'

/** A text as it is answered, with its content type. */
export interface Document {
  type: string
  text: string
}

/** A value as a document. */
export function jsonDocument(value: unknown): Document {
  return { type: 'application/json; charset=utf-8', text: `${JSON.stringify(value)}\n` }
}

let catalogue: Document | undefined
let description: Document | undefined

/** Every instruction with its schemas, made the first time somebody asks. */
export function catalogueDocument(): Document {
  catalogue ??= jsonDocument(cataloguePage(versionHere()))
  return catalogue
}

/** The HTTP side of the daemon as OpenAPI tells it, likewise. */
export function openApiDocument(): Document {
  description ??= jsonDocument(openApi(versionHere()))
  return description
}
