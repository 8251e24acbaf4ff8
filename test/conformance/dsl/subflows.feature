Feature: Sub-workflows and extensions

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow-process
  Scenario: The output of a sub-workflow is the output of the task
    Given a sub-workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do: [ { nap: { wait: PT1H } }, { double: { set: { n: '${ .n * 2 }' } } } ]
    """
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - run: { run: { workflow: { namespace: conformance, name: child, version: '1.0.0', input: { n: '${ .n }' } } } }
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 8
    """
    And the run should have taken 3600 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow-process
  Scenario: The fault of a sub-workflow is the fault of the task
    Given a sub-workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do: [ { bad: { raise: { error: { type: 'https://example.com/bad', status: 409 } } } } ]
    """
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - run: { run: { workflow: { namespace: conformance, name: child, version: latest } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/bad
    status: 409
    instance: /do/0/run
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#run
  Scenario: A sub-workflow that is not awaited
    Given a sub-workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: child, version: '1.0.0' }
    do: [ { nap: { wait: PT1H } } ]
    """
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - run: { run: { await: false, workflow: { namespace: conformance, name: child, version: '1.0.0' } } }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And the run should have taken 0 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow-process
  Scenario: A sub-workflow that nobody has registered
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - run: { run: { workflow: { namespace: conformance, name: child, version: '1.0.0' } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/configuration
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#extension
  Scenario: An extension runs before and after the tasks it extends and changes nothing of their data
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use:
      extensions:
        - log:
            extend: set
            before: [ { say: { emit: { event: { with: { type: before, data: '${ $task.reference }' } } } } } ]
            after: [ { say: { emit: { event: { with: { type: after } } } } } ]
    do:
      - one: { set: { a: 1 } }
      - two: { wait: PT0S }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    """
    And the types of the emitted events should be:
    """yaml
    [ before, after ]
    """
    And the data of emitted event 1 should be:
    """yaml
    /do/0/one
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#extension
  Scenario: exit in an extension puts its output in the place of the task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use:
      extensions:
        - mock:
            extend: call
            when: $task.with.endpoint.uri | startswith("https://mocked.example.com")
            before: [ { answer: { set: { mocked: true }, then: exit } } ]
    do:
      - get: { call: http, with: { method: get, endpoint: { uri: 'https://mocked.example.com/x' } } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    mocked: true
    """
