Feature: Flow and around every task

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#task
  Scenario: A task whose condition does not hold is skipped and hands its raw input on
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - skipped:
          if: .n > 5
          input: { from: '{ changed: true }' }
          set: { never: true }
          then: end
      - after: { set: { n: '${ .n + 1 }' } }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#flow-directive
  Scenario: exit ends its own list only
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - outer:
          do:
            - one: { set: { one: true }, then: exit }
            - never: { set: { never: true } }
      - last: { set: { seen: '${ . }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: { one: true }
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#flow-directive
  Scenario: end within a composite ends the workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - outer:
          do:
            - one: { set: { one: true }, then: end }
      - never: { set: { never: true } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    one: true
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#flow-directive
  Scenario: A task may be visited again
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - add: { set: { n: '${ (.n // 0) + 1 }' } }
      - again:
          switch:
            - more: { when: .n < 4, then: add }
      - done: { set: { total: '${ .n }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    total: 4
    """
    And the tasks should have run in the order add, again, add, again, add, again, add, again, done

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#task-flow
  Scenario: A directive that names a task of another list is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - outer:
          do:
            - inner: { set: { a: 1 }, then: elsewhere }
      - elsewhere: { set: { b: 1 } }
    """
    Then the definition should be refused with a problem at line 5 about 'no task “elsewhere”'

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#timeouts
  Scenario: A task that takes too long raises a timeout of status 408
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - slow:
          wait: { minutes: 10 }
          timeout: { after: PT5S }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/slow
    """
    And the run should have taken 5 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#timeout
  Scenario: A timeout may be named
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { timeouts: { short: { after: { seconds: 3 } } } }
    do:
      - slow: { wait: PT1H, timeout: short }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 408
    """
    And the run should have taken 3 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#timeouts
  Scenario: A workflow that takes too long raises a timeout
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    timeout: { after: { minutes: 2 } }
    do:
      - slow: { wait: P1D }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 408
    """
    And the run should have taken 120 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#timeouts
  Scenario: A timeout can be caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - slow: { wait: PT1H, timeout: { after: PT1S } }
          catch:
            errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } }
            do:
              - note: { set: { status: '${ $error.status }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: 408
    """
