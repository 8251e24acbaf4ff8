Feature: Errors, catching and retrying

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#raise
  Scenario: A named error is raised with its expressions evaluated
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { errors: { notFound: { type: 'https://example.com/not-found', status: 404, title: 'No ${x}', detail: '${ "no \(.id)" }' } } }
    do:
      - bad: { raise: { error: notFound } }
    """
    And given the workflow input is:
    """yaml
    id: 7
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/not-found
    status: 404
    detail: no 7
    instance: /do/0/bad
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#catch
  Scenario: An error that no filter matches is not caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch: { errors: { with: { status: 500 } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    instance: /do/0/guarded/try/0/bad
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#catch
  Scenario: when and exceptWhen decide with the error at hand
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch:
            as: problem
            when: $problem.status == 400
            exceptWhen: $problem.title == "worse"
            do: [ { note: { set: { was: '${ $problem.status }' } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    was: 400
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#catch
  Scenario: catch.then takes the error path
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch: { then: recover }
      - skipped: { set: { status: ok }, then: end }
      - recover: { set: { status: failed } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: failed
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#try
  Scenario: A caught error without a handler leaves the input as the output
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch: {}
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

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#retry
  Scenario: Exponential retries wait twice as long each time and then raise the error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { call: http, with: { method: get, endpoint: 'https://down.example.com/' } }
          catch:
            errors: { with: { status: 503 } }
            retry: { delay: { seconds: 1 }, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } }
    """
    And GET https://down.example.com/ answers 503
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 503
    """
    And 4 requests should have been made
    And the run should have taken 7 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#retry
  Scenario: Linear retries wait one delay longer each time
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { retries: { patient: { delay: PT2S, backoff: { linear: {} }, limit: { attempt: { count: 3 } } } } }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch:
            retry: patient
            do: [ { note: { set: { gave: up } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    gave: up
    """
    And the run should have taken 12 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#retry-limit
  Scenario: Retries end when the policy's time is over
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch:
            retry: { delay: PT4S, backoff: { constant: {} }, limit: { duration: PT10S } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    """
    And the run should have taken 8 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#retry-limit
  Scenario: An attempt that takes too long is a timeout and is tried again
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - slow: { wait: PT1H }
          catch:
            retry: { delay: PT1S, limit: { attempt: { count: 1, duration: PT5S } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 408
    """
    And the run should have taken 11 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#retry
  Scenario: retry.when decides whether to try again
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch:
            retry: { when: $error.status == 503, delay: PT1H, limit: { attempt: { count: 3 } } }
            do: [ { note: { set: { tried: once } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    tried: once
    """
    And the run should have taken 0 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#jitter
  Scenario: Jitter is added to the delay
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try:
            - bad: { raise: { error: { type: 'https://example.com/bad', status: 400 } } }
          catch:
            retry:
              delay: PT2S
              backoff: { constant: {} }
              jitter: { from: PT3S, to: PT3S }
              limit: { attempt: { count: 2 } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    """
    And the run should have taken 10 seconds

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#standard-error-types
  Scenario: A standard error is caught by any of the names that its type has had
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - first:
          try: [ { bad: { set: '${ .a + {} }' } } ]
          catch: { errors: { with: { type: 'https://serverlessworkflow.io/dsl/errors/types/expression' } } }
      - second:
          try: [ { bad: { set: '${ .a + {} }' } } ]
          catch:
            errors: { with: { type: 'https://open-workflow-specification.org/dsl/errors/types/expression' } }
            do: [ { note: { set: { caught: twice } } } ]
    """
    And given the workflow input is:
    """yaml
    a: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: twice
    """
