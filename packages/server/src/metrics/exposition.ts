import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { Buckets } from './buckets.ts'
import type { Gauges, Metrics } from './metrics.ts'

/** What is told besides what was counted. */
export type Standing = Gauges & {
  connections: number
  /** What waits to be sent on all WebSockets. */
  unsentBytes: number
}

interface Value {
  labels: Record<string, string | number>
  value: number
  metricName?: string
}

const SECOND = 1_000

let known: Registry | undefined

/** The process's own figures, gathered from the first time somebody asks. */
function processRegistry(): Registry {
  if (!known) {
    known = new Registry()
    collectDefaultMetrics({ register: known })
  }
  return known
}

/** Everything that is counted, in Prometheus' text format, and its content type. */
export async function expose(metrics: Metrics, standing: Standing): Promise<{ type: string; text: string }> {
  const register = new Registry()
  const tell = (kind: 'counter' | 'gauge' | 'histogram', name: string, help: string, values: Value[]) =>
    // A metric is whatever gives its values; the figures were counted elsewhere, cheaper.
    register.registerMetric({
      name,
      help,
      type: kind,
      get: async () => ({ name, help, type: kind, values }),
    } as never as Metric)

  const outcomes: Value[] = []
  const latency: Value[] = []
  for (const [path = 'none', { done, refused, latencyMs }] of metrics.instructions) {
    if (done > 0) outcomes.push({ labels: { instruction: path, outcome: 'done' }, value: done })
    for (const [code, value] of refused) outcomes.push({ labels: { instruction: path, outcome: code }, value })
    latency.push(...valuesOf('ewallet_instruction_seconds', latencyMs, SECOND, { instruction: path }))
  }
  tell('counter', 'ewallet_instructions_total', 'Instructions answered, by what they came to.', outcomes)
  tell('histogram', 'ewallet_instruction_seconds', 'From a frame to its answer, queue and disk included.', latency)
  const batches = valuesOf('ewallet_commit_transactions', metrics.batchLines, 1)
  tell('histogram', 'ewallet_commit_transactions', 'Transactions that reached the disk together.', batches)
  const syncs = valuesOf('ewallet_fsync_seconds', metrics.syncMs, SECOND)
  tell(
    'histogram',
    'ewallet_fsync_seconds',
    'How long an fsync of the journal took, or a COMMIT of the database.',
    syncs,
  )

  const turnedAway = [...metrics.turnedAway].map(([reason, value]) => ({ labels: { reason }, value }))
  tell('counter', 'ewallet_connections_refused_total', 'Connections that were turned away, by why.', turnedAway)

  const { sessions, queues, subscriptions, connections, passwordsWaiting, unsentBytes } = standing
  const gauge = (name: string, help: string, value: number | undefined) =>
    tell('gauge', name, help, value === undefined ? [] : [{ labels: {}, value }])
  gauge('ewallet_sessions', 'Sessions that are not over.', sessions)
  gauge('ewallet_subscriptions', 'Who hears events.', subscriptions)
  gauge('ewallet_connections', 'Connections over TCP.', connections)
  gauge('ewallet_unsent_bytes', 'Bytes that wait to be sent on all WebSockets.', unsentBytes)
  gauge('ewallet_passwords_waiting', 'Passwords that wait to be hashed.', passwordsWaiting)
  const queued = [...queues].map(([worker, value]) => ({ labels: { worker }, value }))
  tell('gauge', 'ewallet_queue', 'Instructions of a worker’s sessions that wait or run.', queued)
  return { type: register.contentType, text: `${await register.metrics()}\n${await processRegistry().metrics()}` }
}

/** A histogram's lines; `per` of the unit it was counted in make one of the unit it is told in. */
function valuesOf(name: string, { bounds, counts, sum }: Buckets, per: number, labels: Value['labels'] = {}): Value[] {
  let count = 0
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
    count += counts[at] ?? 0
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound / per
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum / per },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
