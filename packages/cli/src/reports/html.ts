import { visible } from '../output/sanitise.ts'

/** A text as HTML shows it, wherever it stands: markup loses its meaning, what a reader would not see is made visible. */
export function escapeHtml(text: string): string {
  return visible(text, '\n').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A text somebody else wrote, whose writing direction ends where it does. */
export function foreign(text: string | null): string {
  return text === null ? '' : `<bdi>${escapeHtml(text)}</bdi>`
}

/** A column of a table in HTML. */
export interface HtmlColumn {
  title: string
  /** Figures are aligned right; a text may be long, and wraps. */
  holds?: 'figures' | 'text'
}

/** A row of cells that are HTML already. */
export interface HtmlRow {
  cells: readonly string[]
  kind?: 'balance'
}

/** A table in HTML; its titles are texts, its cells HTML. */
export function htmlTable(caption: string, columns: readonly HtmlColumn[], rows: readonly HtmlRow[]): string {
  const held = (index: number) => (columns[index]?.holds ? ` class="${columns[index].holds}"` : '')
  const head = columns.map(({ title }, index) => `<th scope="col"${held(index)}>${escapeHtml(title)}</th>`).join('')
  const body = rows.map(({ cells, kind }) => {
    const line = cells.map((cell, index) => `<td${held(index)}>${cell}</td>`).join('')
    return `<tr${kind ? ` class="${kind}"` : ''}>${line}</tr>`
  })
  return [
    '<div class="wide"><table>',
    `<caption>${escapeHtml(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>\n${body.join('\n')}\n</tbody>`,
    '</table></div>',
  ].join('\n')
}

/** Credits as a page writes them: `1,378`, `−20`. */
export function figure(credits: number): string {
  return minus(credits.toLocaleString('en'))
}

/** A figure with a minus sign in place of its hyphen. */
export function minus(figure: string): string {
  return figure.replace('-', '\u2212')
}

/** A figure whose thousandths matter less to the eye. */
export function quieted(figure: string): string {
  return figure.replace(/\.\d{3}$/, (fraction) => `<span class="ms">${fraction}</span>`)
}

const style = `
:root { --paper: #fff; --ink: #1c2430; --soft: #5d6878; --line: #dde3ea; --wash: #f4f7f9; --credits: #0b7285;
  --time: #d9730d; --more: #1a7f45; --less: #b3261e; color-scheme: light; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14181e; --ink: #e6eaf0; --soft: #98a3b3; --line: #2b333e; --wash: #1b2129; --credits: #4cc0d4;
    --time: #f2a65a; --more: #5ccb8a; --less: #ff8a80; color-scheme: dark; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 3rem; }
header { border-bottom: 3px solid var(--credits); padding-bottom: 1rem; margin-bottom: 1.75rem; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em; }
.house { margin: 0 0 .25rem; color: var(--credits); font-weight: 700; letter-spacing: .04em; }
.about { margin: .4rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
.sums { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem; margin: 0 0 1.75rem; }
.sum { border: 1px solid var(--line); border-left: 4px solid var(--credits); border-radius: 6px; background: var(--wash);
  padding: .9rem 1.1rem; }
.sum.time { border-left-color: var(--time); }
.sum h2 { margin: 0; font-size: .85rem; color: var(--soft); font-weight: 600; }
.sum .closing { margin: .1rem 0 .5rem; font-size: 1.75rem; font-weight: 700; line-height: 1.2; }
.sum dl { color: var(--ink); display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; margin: 0; }
.sum dt { color: var(--soft); }
.sum dd { margin: 0; text-align: right; }
figure { margin: 0 0 1.75rem; }
figcaption, caption { text-align: left; font-weight: 700; font-size: 1.1rem; padding: 0 0 .5rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 13px; font-family: inherit; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .area { fill: var(--credits); fill-opacity: .13; }
svg .balance { fill: none; stroke: var(--credits); stroke-width: 2.5; stroke-linejoin: round; }
svg .bar { fill: var(--time); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; margin: 0 0 1.75rem; font-size: .93em; }
th, td { text-align: left; vertical-align: top; padding: .36rem .9rem .36rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th::first-letter { text-transform: uppercase; }
td { white-space: nowrap; }
td.text { white-space: normal; overflow-wrap: anywhere; min-width: 9em; }
.figures { text-align: right; }
tr.balance td { font-weight: 700; background: var(--wash); }
.note { color: var(--soft); white-space: pre-line; }
.ms { font-size: .8em; opacity: .6; }
.credits { color: var(--credits); } .time { color: var(--time); }
.more { color: var(--more); } .less { color: var(--less); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 2rem; }
footer { color: var(--soft); font-size: .85rem; }
@page { size: A4; margin: 15mm; }
@media print {
  body { font-size: 9.5pt; } th, td { padding-right: .6rem; } main { max-width: none; padding: 0; }
  h1 { font-size: 20pt; } .sum .closing { font-size: 15pt; }
  .sums { grid-template-columns: 1fr 1fr; } .columns { grid-template-columns: 1fr 1fr; }
  thead { display: table-header-group; } tr, figure, .sum, .columns { break-inside: avoid; }
  caption, thead { break-after: avoid; } footer { break-before: avoid; } .columns table { margin-bottom: .75rem; } .wide { overflow-x: visible; }
  .bar, .area, .sum, tr.balance td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`.trim()

/** One page that needs nothing else: no other file, no script, printable. Title and about are texts, the body is HTML. */
export function htmlPage({
  title,
  about,
  body,
  footer,
}: Record<'title' | 'about' | 'body' | 'footer', string>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="ewallet">
<title>${escapeHtml(title)}</title>
<style>
${style}
</style>
</head>
<body>
<main>
<header>
<p class="house">ewallet</p>
<h1>${escapeHtml(title)}</h1>
<p class="about">${escapeHtml(about)}</p>
</header>
${body}
<footer>${escapeHtml(footer)}</footer>
</main>
</body>
</html>
`
}
