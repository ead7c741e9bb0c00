import type { Views } from './views.ts'

export const supportViews: Views = {
  'client action report issue': ({ issue, contact }) =>
    `Reported as issue ${issue}. ${contact === null ? 'Thank you.' : `Whoever runs the daemon can write to ${contact}.`}`,
  'client action view license': { text: ({ version, text }) => `${text.trimEnd()}\n\nVersion ${version}\n` },
}
