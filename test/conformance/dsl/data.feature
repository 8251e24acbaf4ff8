Feature: Data flow

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#data-flow
  Scenario: Input, output and export are transformed in this order
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    input: { from: '{ user: . }' }
    output: { as: '{ result: . }' }
    do:
      - first:
          input: { from: .user }
          set: { name: '${ .name }', raw: '${ $task.input.user.name }' }
          output: { as: '{ name: .name, had: $input.name, raw: .raw }' }
          export: { as: '{ saved: .name, from: $output.had }' }
      - second: { set: '${ $context }' }
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    result: { saved: Ada, from: Ada }
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#input
  Scenario: Input that does not match the workflow's schema is a validation error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    input: { schema: { document: { type: object, required: [ id ] } } }
    do:
      - never: { set: { a: 1 } }
    """
    And given the workflow input is:
    """yaml
    name: x
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#data-flow
  Scenario: The input of a task is validated before it is transformed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - picky:
          input: { schema: { document: { type: object, required: [ n ] } }, from: '{ m: .n }' }
          set: '${ . }'
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    m: 3
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#data-flow
  Scenario: The output of a task is validated after it is transformed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - picky:
          set: { n: one }
          output: { as: .n, schema: { format: json, document: { type: integer } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    instance: /do/0/picky
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#export
  Scenario: The exported context is validated
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - picky:
          set: { n: one }
          export: { as: ., schema: { document: { properties: { n: { type: integer } } } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#runtime-expressions
  Scenario: Expressions in input data are never evaluated
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - keep: { set: { copy: '${ .text }', list: [ '${ .text }' ] } }
      - again: { set: '${ . }' }
    """
    And given the workflow input is:
    """yaml
    text: '${ 1 + 1 }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    copy: '${ 1 + 1 }'
    list: [ '${ 1 + 1 }' ]
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#runtime-expression-arguments
  Scenario: Every runtime argument can be named
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - all:
          set:
            workflow: '${ $workflow.definition.document.name }'
            raw: '${ $workflow.input.n }'
            started: '${ $workflow.startedAt.epoch.milliseconds | type }'
            task: '${ $task.name }'
            reference: '${ $task.reference }'
            call: '${ $task.definition | keys }'
            runtime: '${ $runtime.name | type }'
            input: '${ $input.n }'
            context: '${ $context }'
    """
    And given the workflow input is:
    """yaml
    n: 7
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    workflow: scenario
    raw: 7
    started: number
    task: all
    reference: /do/0/all
    call: [ set ]
    runtime: string
    input: 7
    context: null
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#runtime-expressions
  Scenario: An expression that fails is an expression error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - bad: { set: { n: '${ .a + 1 }' } }
    """
    And given the workflow input is:
    """yaml
    a: x
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/bad
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#evaluate
  Scenario: In loose mode a string that compiles is an expression
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    evaluate: { mode: loose }
    do:
      - loose: { set: { sum: .a + 1, words: 'not an expression', text: '"x"' } }
    """
    And given the workflow input is:
    """yaml
    a: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 2
    words: not an expression
    text: x
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#secret
  Scenario: A secret can be used where the definition names it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { secrets: [ login ] }
    do:
      - use: { set: { user: '${ $secrets.login.name }' } }
    """
    And the secret 'login' is:
    """yaml
    name: ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    user: ada
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#secret
  Scenario: A secret that is not there is an authorization error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { secrets: [ login ] }
    do:
      - use: { set: { user: '${ $secrets.login.name }' } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/authorization
    status: 403
    """
