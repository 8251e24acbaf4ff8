Feature: Events

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#emit
  Scenario: An event is completed with what a CloudEvent needs
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - tell: { emit: { event: { with: { type: com.example.told, subject: '${ .who }', data: { n: '${ 1 + 1 }' } } } } }
    """
    And given the workflow input is:
    """yaml
    who: ada
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'source', 'specversion', 'time', 'type', 'subject', 'data'
    And the data of emitted event 1 should be:
    """yaml
    n: 2
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#listen
  Scenario: listen one takes the first event that matches
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: com.example.temperature, data: '${ .degrees > 38 }' } } } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.temperature, data: { degrees: 37 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.temperature, data: { degrees: 39 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { degrees: 39 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#listen
  Scenario: listen reads envelopes when asked to
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { any: [] }, read: envelope }, output: { as: '.[0].id' } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '7', source: /s, type: com.example.any, data: {} }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    '7'
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy
  Scenario: listen all waits for one event of each kind
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { all: [ { with: { type: com.example.a } }, { with: { type: com.example.b } } ] } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.b, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.b, data: { n: 2 } }
    - { specversion: '1.0', id: '3', source: /s, type: com.example.a, data: { n: 3 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { n: 1 }, { n: 3 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#correlation
  Scenario: Correlated events must agree
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear:
          listen:
            to:
              all:
                - { with: { type: com.example.a }, correlate: { room: { from: .data.room } } }
                - { with: { type: com.example.b }, correlate: { room: { from: .data.room } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.a, data: { room: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.b, data: { room: 2 } }
    - { specversion: '1.0', id: '3', source: /s, type: com.example.b, data: { room: 1 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { room: 1 }, { room: 1 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#correlation
  Scenario: A correlation may expect a value
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: com.example.a }, correlate: { order: { from: .data.order, expect: '${ .order }' } } } } } }
    """
    And given the workflow input is:
    """yaml
    order: 5
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.a, data: { order: 4 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.a, data: { order: 5 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { order: 5 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy
  Scenario: any with until goes on until the condition holds of all that was consumed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { any: [ { with: { type: com.example.n } } ], until: '(map(.n) | add) > 4' } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.n, data: { n: 2 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.n, data: { n: 3 } }
    - { specversion: '1.0', id: '3', source: /s, type: com.example.n, data: { n: 4 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { n: 2 }, { n: 3 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#listen
  Scenario: Events that end a consumption are not part of its output
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { any: [ { with: { type: com.example.n } } ], until: { one: { with: { type: com.example.stop } } } } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.n, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.stop, data: {} }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { n: 1 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#subscription-iterator
  Scenario: foreach handles each event before the next is taken
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear:
          listen: { to: { any: [ { with: { type: com.example.n } } ], until: 'length == 2' } }
          foreach:
            item: event
            at: i
            do:
              - nap: { wait: PT1M }
              - double: { set: { n: '${ $event.n * 2 }', i: '${ $i }' } }
            output: { as: '. + { room: $input.room }' }
    """
    And given the workflow input is:
    """yaml
    room: a
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.n, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.n, data: { n: 2 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { n: 2, i: 0, room: a }, { n: 4, i: 1, room: a } ]
    """
    And the run should have taken 120 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-filter
  Scenario: An attribute may be a regular expression
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: 'com\.example\.(a|b)' } } } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.c, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.b, data: { n: 2 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { n: 2 } ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#event-driven-scheduling
  Scenario: A workflow started by an event gets an array of events
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { on: { any: [ { with: { type: com.example.go, data: '${ .n > 1 }' } } ] } }
    do:
      - take: { set: '${ $workflow.input[0] | { id, n: .data.n } }' }
    """
    And these events start it:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.go, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.go, data: { n: 2 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: '2'
    n: 2
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
  Scenario: The events that start a workflow may be read as data
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    schedule: { on: { one: { with: { type: com.example.go } } }, read: data }
    do:
      - take: { set: '${ .[0] }' }
    """
    And these events start it:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.go, data: { n: 1 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#lifecycle-events
  Scenario: Lifecycle events tell of the run and its tasks
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - one: { set: { a: 1 } }
    """
    And lifecycle events are on
    When the workflow is executed
    Then the workflow should complete
    And the types of the emitted events should be:
    """yaml
    - io.serverlessworkflow.workflow.started.v1
    - io.serverlessworkflow.task.created.v1
    - io.serverlessworkflow.task.started.v1
    - io.serverlessworkflow.task.completed.v1
    - io.serverlessworkflow.workflow.completed.v1
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow-correlation-completed-event
  Scenario: Lifecycle events tell of correlations and of what they came to
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: com.example.a }, correlate: { room: { from: .data.room } } } } } }
    """
    And lifecycle events are on
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.a, data: { room: 5 } }
    """
    When the workflow is executed
    Then the workflow should complete
    And the types of the emitted events should be:
    """yaml
    - io.serverlessworkflow.workflow.started.v1
    - io.serverlessworkflow.task.created.v1
    - io.serverlessworkflow.task.started.v1
    - io.serverlessworkflow.workflow.correlation-started.v1
    - io.serverlessworkflow.workflow.correlation-completed.v1
    - io.serverlessworkflow.task.completed.v1
    - io.serverlessworkflow.workflow.completed.v1
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy
  Scenario: listen any takes whichever comes first
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { any: [ { with: { type: com.example.a } }, { with: { type: com.example.b } } ] } } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.b, data: { n: 1 } }
    - { specversion: '1.0', id: '2', source: /s, type: com.example.a, data: { n: 2 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - n: 1
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#listen
  Scenario: listen reads events raw when asked to
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - hear: { listen: { to: { one: { with: { type: com.example.a } } }, read: raw } }
    """
    And these events arrive:
    """yaml
    - { specversion: '1.0', id: '1', source: /s, type: com.example.a, data: { n: 1 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - '{"n":1}'
    """
