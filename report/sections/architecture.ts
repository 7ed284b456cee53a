import type { Block, Section } from '../document.ts'
import { code, paragraph, ref } from '../document.ts'
import type { ReportMaterial } from '../material.ts'

/** What the system consists of, with its diagram. What is said here holds for every run: it has no number. */
export function architectureSection({ diagram, own }: ReportMaterial): Section {
  const figure: Block = {
    kind: 'figure',
    id: 'figure-architecture',
    caption: [
      'The parts of the system. Solid lines are requests, dashed lines are what is measured, decided and commanded. The simulator takes the place of everything above the controller.',
    ],
    description:
      'Load generator, HAProxy, replicas on an internal container network with one directory of objects; the controller monitors, analyses, plans and executes; the simulator runs the same controller and policy',
    drawing: { kind: 'svg', svg: diagram },
  }
  return {
    id: 'architecture',
    title: 'Architecture',
    blocks: [
      paragraph(
        'The service is a small object store with a REST interface, written in Python on Flask. A replica is one container with one single-threaded process; it keeps no state of its own, since all replicas mount the same directory. ',
        ref('figure-architecture'),
        ' shows how the parts work together.',
      ),
      figure,
      paragraph(
        'Requests enter through HAProxy, the only part whose port is exposed. Each replica lives on an internal container network, and gets one request at a time unless the settings say otherwise; further requests wait in the queue of the proxy, where they are seen. Replicas are added to the running proxy over its Runtime API, put into rotation by their first passed health check, and taken out by draining: no reload, and no request that is cut off.',
      ),
      paragraph(
        'The controller is a loop of four steps. It ',
        { kind: 'emphasis', children: ['monitors'] },
        ' the counters and the log of the proxy and the list of containers. It ',
        { kind: 'emphasis', children: ['analyses'] },
        ' them: rates, percentiles of the response time and utilisation over a sliding window, where what could not be measured is unknown and never zero. It ',
        { kind: 'emphasis', children: ['plans'] },
        ': a scaling policy, a pure function of the observation and its own memory, says how many replicas are wanted. It ',
        { kind: 'emphasis', children: ['executes'] },
        ' through Podman without waiting: while containers start and stop, the loop goes on.',
      ),
      paragraph(
        'The load generator is an open loop. Each request is sent at the time that was drawn for it before the run, whatever became of the earlier ones, and its response time counts from that intended time. A generator that waits for answers would send less just when the service is slow, and would hide what is looked for here.',
      ),
      paragraph(
        'The simulator is a discrete-event model of the same system, fitted to calibration runs. Controller, policy, SLA and analysis are the same code on both sides, and both write the same record: ',
        code('run.json'),
        ' with the settings, the ticks with what was observed and decided, the moves of each replica, and a table of all requests.',
      ),
      ...(own.architecture ?? []),
    ],
  }
}
