Feature: For and fork

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#for
  Scenario: The output of an iteration is the input of the next and while may end the loop
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - sum:
          for: { each: n, in: '[1, 2, 3, 4]', at: i }
          while: (.total // 0) < 6
          do:
            - add: { set: { total: '${ (.total // 0) + $n }', last: '${ $i }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    total: 6
    last: 2
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#for
  Scenario: A collection may be written inline
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - names:
          for: { in: [ { name: red }, { name: '${ .extra }' } ] }
          do:
            - add: { set: { extra: '${ .extra }', names: '${ .names + [$item.name] }' } }
    """
    And given the workflow input is:
    """yaml
    extra: blue
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    extra: blue
    names: [ red, blue ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#for
  Scenario: What is not a collection cannot be iterated
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - bad: { for: { in: .n }, do: [ { x: { set: { a: 1 } } } ] }
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/bad
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#fork
  Scenario: The outputs of branches come in the order of declaration
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - slow: { do: [ { nap: { wait: PT10S } }, { a: { set: { a: '${ .n }' } } } ] }
              - fast: { set: { b: '${ .n }' } }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { a: 1 }, { b: 1 } ]
    """
    And the run should have taken 10 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#fork
  Scenario: Waiting branches wait at the same time
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - one: { wait: PT30S }
              - two: { wait: PT20S }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [ { n: 1 }, { n: 1 } ]
    """
    And the run should have taken 30 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#fork
  Scenario: The first branch that is done wins and the others are cancelled
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - race:
          fork:
            compete: true
            branches:
              - slow: { do: [ { nap: { wait: PT1H } }, { shout: { emit: { event: { with: { type: never } } } } } ] }
              - fast: { do: [ { nap: { wait: PT5S } }, { win: { set: { winner: fast } } } ] }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    winner: fast
    """
    And the run should have taken 5 seconds
    And the types of the emitted events should be:
    """yaml
    []
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#fork
  Scenario: A fault of a branch is the fault of the fork
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - slow: { wait: PT1H }
              - bad: { raise: { error: { type: 'https://example.com/bad', status: 418 } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 418
    instance: /do/0/both/fork/branches/1/bad
    """
    And the run should have taken 0 seconds
