Feature: Schedules

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
  Scenario: A workflow that starts every so often
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { every: { minutes: 10 } }
    do:
      - tick: { set: { n: 1 } }
    """
    When the service is up from 2026-11-21T12:00:00Z to 2026-11-21T12:35:00Z
    Then runs should have started at:
    """yaml
    - 2026-11-21T12:10:00Z
    - 2026-11-21T12:20:00Z
    - 2026-11-21T12:30:00Z
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
  Scenario: A workflow that starts by cron, in UTC
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { cron: '30 8 * * 1-5' }
    do:
      - tick: { set: { n: 1 } }
    """
    When the service is up from 2026-11-20T12:00:00Z to 2026-11-24T12:00:00Z
    Then runs should have started at:
    """yaml
    - 2026-11-23T08:30:00Z
    - 2026-11-24T08:30:00Z
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
  Scenario: A cron expression with a time zone, over the change from summer time
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { cron: '0 9 * * * Europe/Berlin' }
    do:
      - tick: { set: { n: 1 } }
    """
    When the service is up from 2026-10-24T00:00:00Z to 2026-10-26T00:00:00Z
    Then runs should have started at:
    """yaml
    - 2026-10-24T07:00:00Z
    - 2026-10-25T08:00:00Z
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
  Scenario: A workflow that starts a while after its last run has ended
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { after: PT1H }
    do:
      - tick: { set: { n: 1 } }
    """
    When the service is up from 2026-11-21T12:00:00Z to 2026-11-21T14:30:00Z
    Then runs should have started at:
    """yaml
    - 2026-11-21T13:00:00Z
    - 2026-11-21T14:00:00Z
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
  Scenario: Starts missed during a downtime are made up for by one
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { cron: '0 * * * *' }
    do:
      - tick: { set: { n: 1 } }
    """
    When the service is up from 2026-11-21T12:30:00Z to 2026-11-21T13:30:00Z
    And the service is up from 2026-11-21T18:15:00Z to 2026-11-21T19:30:00Z
    Then runs should have started at:
    """yaml
    - 2026-11-21T13:00:00Z
    - 2026-11-21T18:15:00Z
    - 2026-11-21T19:00:00Z
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy
  Scenario: Any of several events starts a run
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { on: { any: [ { with: { type: com.example.a } }, { with: { type: com.example.b } } ] }, read: data }
    do:
      - take: { set: { n: 1 } }
    """
    When these events reach the service:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.b, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.c, data: { n: 2 } }
    - { specversion: '1.0', id: '3', source: /s, type: com.example.a, data: { n: 3 } }
    """
    Then the inputs of its runs should be:
    """yaml
    - [ { n: 1 } ]
    - [ { n: 3 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy
  Scenario: All of several events start a run together
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { on: { all: [ { with: { type: com.example.a } }, { with: { type: com.example.b } } ] }, read: data }
    do:
      - take: { set: { n: 1 } }
    """
    When these events reach the service:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.b, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.b, data: { n: 2 } }
    - { specversion: '1.0', id: '3', source: /s, type: com.example.a, data: { n: 3 } }
    - { specversion: '1.0', id: '4', source: /s, type: com.example.a, data: { n: 4 } }
    """
    Then the inputs of its runs should be:
    """yaml
    - [ { n: 3 }, { n: 1 } ]
    - [ { n: 4 }, { n: 2 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-filter
  Scenario: Events that start a run together must agree in what they are correlated by
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule:
      on:
        all:
          - { with: { type: com.example.a }, correlate: { order: { from: .data.order } } }
          - { with: { type: com.example.b }, correlate: { order: { from: .data.order } } }
      read: data
    do:
      - take: { set: { n: 1 } }
    """
    When these events reach the service:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.a, data: { order: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.b, data: { order: 2 } }
    - { specversion: '1.0', id: '3', source: /s, type: com.example.b, data: { order: 1 } }
    """
    Then the inputs of its runs should be:
    """yaml
    - [ { order: 1 }, { order: 1 } ]
    """
