Feature: Limits for definitions from strangers

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#standard-error-types
  Scenario: A run that executes too many tasks
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - a: { set: { n: '${ (.n // 0) + 1 }' }, then: a }
    """
    And the limits are:
    """yaml
    steps: 50
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime
    status: 500
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#standard-error-types
  Scenario: A loop over too many items
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - a: { for: { in: '[range(100)]' }, do: [ { b: { set: { n: 1 } } } ] }
    """
    And the limits are:
    """yaml
    fanOut: 50
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#standard-error-types
  Scenario: An output that is too large
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - a: { set: { text: '${ "x" * 2000 }' } }
    """
    And the limits are:
    """yaml
    payload: 1000
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime
    instance: /do/0/a
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#standard-error-types
  Scenario: A run that takes too long
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - a: { wait: P1D }
      - b: { set: { n: 1 } }
    """
    And the limits are:
    """yaml
    runTime: 3600000
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow-process
  Scenario: Sub-workflows that are nested too deep
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - down: { run: { workflow: { namespace: conformance, name: scenario, version: '1.0.0' } } }
    """
    And the limits are:
    """yaml
    depth: 3
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime
    title: Too deep
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
  Scenario: An address where clouds keep credentials is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - steal: { call: http, with: { method: get, endpoint: 'http://169.254.169.254/latest/meta-data/' } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 403
    instance: /do/0/steal
    """
    And 0 requests should have been made
