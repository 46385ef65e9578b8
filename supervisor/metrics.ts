// Counters and gauges for Prometheus: the only importer of prom-client. No person, conversation or text is ever a label.
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'

export type Metrics = {
  /** Counts an event of a channel: `dingtalk`, `webhook_signature`, … */
  event(channel: string, event: string): void
  turn(status: string): void
  control(name: string, up: boolean): void
  text(): Promise<string>
}

export function createMetrics(gauges: { hosts(): number; turns(): number; auditUp(): boolean }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const events = new Counter({
    name: 'molten_channel_events_total',
    help: 'What arrived at a channel, by outcome.',
    labelNames: ['channel', 'event'],
    registers,
  })
  const turns = new Counter({
    name: 'molten_turns_total',
    help: 'Turns by how they ended.',
    labelNames: ['status'],
    registers,
  })
  const controls = new Gauge({
    name: 'molten_control_up',
    help: 'Whether a control is in force.',
    labelNames: ['control'],
    registers,
  })
  const live = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  live('molten_hosts', 'Plugin processes alive.', gauges.hosts)
  live('molten_turns_active', 'Turns that are running.', gauges.turns)
  live('molten_audit_up', 'Whether the audit log can be written.', () => Number(gauges.auditUp()))
  return {
    event: (channel, event) => events.inc({ channel, event }),
    turn: (status) => turns.inc({ status }),
    control: (name, up) => controls.set({ control: name }, Number(up)),
    text: () => registry.metrics(),
  }
}
