Feature: Waiting

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#wait
  Scenario: A wait of thirty days
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - nap: { wait: { days: 30 } }
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
    And the run should have taken 2592000 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#duration
  Scenario: An ISO 8601 duration
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - nap: { wait: P1DT1H1M1.5S }
    """
    When the workflow is executed
    Then the workflow should complete
    And the run should have taken 90061 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#duration
  Scenario: A duration that an expression gives
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - nap: { wait: '${ .pause }' }
    """
    And given the workflow input is:
    """yaml
    pause: PT90S
    """
    When the workflow is executed
    Then the workflow should complete
    And the run should have taken 90 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#duration
  Scenario: An expression that gives no duration
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - nap: { wait: '${ .pause }' }
    """
    And given the workflow input is:
    """yaml
    pause: soon
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    """
