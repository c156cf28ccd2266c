/** Owns the picture of a run's results, for the README: what a caller waits for, and how logging out grows. Never measures. */

import { CONTESTANTS, type ContestantName } from './calls.ts'
import { figuresOf, type Results } from './results.ts'

const COLOURS: Record<ContestantName, string> = {
  curfew: '#2563eb',
  floor: '#94a3b8',
  sample: '#dc2626',
  'better-auth': '#d97706',
}
const SHOWN: [string, string][] = [
  ['check-strict', 'check'],
  ['logout', 'logout'],
  ['logout-all', 'logout all'],
]
const WIDTH = 880
const HEIGHT = 330
const PANEL = { top: 70, bottom: 270, width: 340 }

const text = (x: number, y: number, words: string, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`
const shortMs = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

export function plot(results: Results): string {
  const farthest = results.calls[0]?.distances.at(-1)?.distance ?? 0
  const parts = [
    text(40, 28, `One caller’s wait, Redis ${farthest} ms away (median ms)`, 'class="title"'),
    ...bars(results, farthest, 40),
    text(480, 28, 'Logout by other sessions in Redis (median ms)', 'class="title"'),
    ...lines(results, 500),
    ...legend(),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Waiting times of check and logout, and of logout by the number of other sessions">
<style>text{font:12px system-ui,sans-serif;fill:#334155}.title{font-weight:600;font-size:14px}.end{text-anchor:end}.middle{text-anchor:middle}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join('\n')}
</svg>
`
}

function bars(results: Results, distance: number, left: number): string[] {
  const cells = SHOWN.flatMap(([id]) =>
    CONTESTANTS.map((who) => figuresOf(results, id, who, distance)?.aloneP50 ?? 0),
  )
  const most = Math.max(1, ...cells)
  const { top, bottom, width } = PANEL
  const group = width / SHOWN.length
  const bar = (group - 24) / CONTESTANTS.length
  return SHOWN.flatMap(([id, title], place) => {
    const from = left + place * group
    const drawn = CONTESTANTS.flatMap((who, index) => {
      const wait = figuresOf(results, id, who, distance)?.aloneP50
      if (wait === undefined) return []
      const height = ((bottom - top) * wait) / most
      const x = from + index * bar
      return [
        `<rect x="${x.toFixed(1)}" y="${(bottom - height).toFixed(1)}" width="${(bar - 2).toFixed(1)}" height="${height.toFixed(1)}" fill="${COLOURS[who]}"/>`,
        text(x + bar / 2 - 1, bottom - height - 4, wait.toFixed(0), 'class="middle"'),
      ]
    })
    return [...drawn, text(from + (group - 24) / 2, bottom + 18, title, 'class="middle"')]
  })
}

function lines(results: Results, left: number): string[] {
  const rows = results.growth.others.filter(({ what }) => /logout$/.test(what))
  const sizes = [...new Set(rows.map(({ size }) => size))]
  const waits = rows.map(({ p50 }) => p50)
  const { top, bottom, width } = PANEL
  const [low, high] = [
    // Room for what is written below the lowest point.
    Math.floor(Math.log10(Math.min(...waits)) - 0.1),
    Math.ceil(Math.log10(Math.max(...waits))),
  ]
  const x = (size: number) =>
    left + 20 + (sizes.indexOf(size) * (width - 80)) / Math.max(1, sizes.length - 1)
  const y = (wait: number) =>
    bottom - ((bottom - top) * (Math.log10(wait) - low)) / Math.max(1, high - low)
  const grid = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).flatMap((tick) => [
    `<line x1="${left}" x2="${left + width - 20}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="#e2e8f0"/>`,
    text(left - 6, y(tick) + 4, String(tick), 'class="end"'),
  ])
  const labels = sizes.map((size) =>
    text(x(size), bottom + 18, size.toLocaleString('en'), 'class="middle"'),
  )
  const curves = [...new Set(rows.map(({ what }) => what))].flatMap((what) => {
    const colour = COLOURS[what === 'logout' ? 'curfew' : 'sample']
    const mine = rows.filter((row) => row.what === what)
    const points = mine.map(({ size, p50 }) => `${x(size).toFixed(1)},${y(p50).toFixed(1)}`)
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...mine.flatMap(({ size, p50 }) => [
        `<circle cx="${x(size).toFixed(1)}" cy="${y(p50).toFixed(1)}" r="3.5" fill="${colour}"/>`,
        text(x(size), y(p50) + (what === 'logout' ? -8 : 18), shortMs(p50), 'class="middle"'),
      ]),
    ]
  })
  return [...grid, ...labels, ...curves]
}

const legend = (): string[] =>
  CONTESTANTS.flatMap((who, index) => {
    const x = 40 + index * 150
    return [
      `<rect x="${x}" y="${HEIGHT - 22}" width="12" height="12" fill="${COLOURS[who]}"/>`,
      text(x + 18, HEIGHT - 12, who === 'sample' ? 'documented sample' : who),
    ]
  })
