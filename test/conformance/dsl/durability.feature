Feature: Runs that outlive what happens to them

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#fault-tolerance
  Scenario: What was recorded is not done again after a crash
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - pay: { call: http, with: { method: post, endpoint: https://shop.example/pay } }
      - ship: { call: http, with: { method: post, endpoint: https://shop.example/ship } }
    """
    And POST https://shop.example/pay answers 200 with:
    """yaml
    paid: true
    """
    And POST https://shop.example/ship answers 200 with:
    """yaml
    shipped: true
    """
    And the process dies once the task 'pay' is recorded, and another takes its place
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    shipped: true
    """
    And 2 requests should have been made
    And the tasks should have run in the order pay, ship

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#wait
  Scenario: A wait is neither shorter nor longer for a crash
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - nap: { wait: PT1H }
              - work: { set: { n: 1 } }
    """
    And the process dies once the task 'work' is recorded, and another takes its place
    When the workflow is executed
    Then the workflow should complete
    And the run should have taken 3600 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#timeout
  Scenario: A timeout goes on counting while nobody has the run
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - slow:
          do:
            - first: { set: { n: 1 } }
            - nap: { wait: PT1H }
          timeout: { after: PT5S }
    """
    And the process dies once the task 'first' is recorded, and another takes its place
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/slow
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#status-phases
  Scenario: A run that is suspended goes on once it is resumed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - nap: { wait: PT20M }
      - after: { set: { n: 1 } }
    """
    And the run is suspended after 10 minutes and resumed after 40 minutes
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And the run should have taken 2400 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#status-phases
  Scenario: A run that is cancelled goes no further
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - outer: { do: [ { nap: { wait: PT3H } } ] }
      - after: { call: http, with: { method: post, endpoint: https://shop.example/ship } }
    """
    And lifecycle events are on
    And the run is cancelled after 60 minutes
    When the workflow is executed
    Then the workflow should be cancelled
    And 0 requests should have been made
    And the types of the emitted events should be:
    """yaml
    - io.serverlessworkflow.workflow.started.v1
    - io.serverlessworkflow.task.created.v1
    - io.serverlessworkflow.task.started.v1
    - io.serverlessworkflow.task.created.v1
    - io.serverlessworkflow.task.started.v1
    - io.serverlessworkflow.task.cancelled.v1
    - io.serverlessworkflow.task.cancelled.v1
    - io.serverlessworkflow.workflow.cancelled.v1
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#status-phases
  Scenario: A run that faulted may be retried from the task that failed
    Given the host has a function 'flaky' that fails the first time and then answers:
    """yaml
    n: 2
    """
    And a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - pay: { call: http, with: { method: post, endpoint: https://shop.example/pay } }
      - second: { call: flaky }
    """
    And POST https://shop.example/pay answers 200 with:
    """yaml
    paid: true
    """
    And the run is retried once it has faulted
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """
    And 1 requests should have been made
