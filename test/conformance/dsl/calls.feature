Feature: Calls

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
  Scenario: Query, headers and body
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - send:
          call: http
          with:
            method: post
            endpoint: https://api.example.com/things/{id}
            headers: { X-Trace: '${ .trace }' }
            query: { q: '${ .q }' }
            body: { name: '${ .name }' }
    """
    And given the workflow input is:
    """yaml
    id: a b/c
    trace: t1
    q: x&y
    name: ada
    """
    And POST https://api.example.com/things/a%20b%2Fc answers 201
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    null
    """
    And request 1 should have been POST https://api.example.com/things/a%20b%2Fc?q=x%26y
    And request 1 should have had the header 'x-trace' with value 't1'
    And request 1 should have had the body:
    """yaml
    name: ada
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#bearer-authentication
  Scenario: Bearer authentication from the workflow's own policies
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { authentications: { token: { bearer: { token: '${ .token }' } } } }
    do:
      - get:
          call: http
          with: { method: get, endpoint: { uri: 'https://api.example.com/', authentication: { use: token } } }
          output: { as: '$authorization.scheme' }
    """
    And given the workflow input is:
    """yaml
    token: s3
    """
    And GET https://api.example.com/ answers 200
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Bearer
    """
    And request 1 should have had the header 'authorization' with value 'Bearer s3'

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#basic-authentication
  Scenario: Basic authentication from a secret
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { secrets: [ login ] }
    do:
      - get: { call: http, with: { method: get, endpoint: { uri: 'https://api.example.com/', authentication: { basic: { use: login } } } } }
    """
    And the secret 'login' is:
    """yaml
    { username: ada, password: pw }
    """
    And GET https://api.example.com/ answers 200
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    null
    """
    And request 1 should have had the header 'authorization' with value 'Basic YWRhOnB3'

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
  Scenario: A redirect is an error unless it is allowed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://api.example.com/old' } }
    """
    And GET https://api.example.com/old redirects to /new
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 302
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
  Scenario: A redirect that is allowed is followed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://api.example.com/old', redirect: true } }
    """
    And GET https://api.example.com/old redirects to /new
    And GET https://api.example.com/new answers 200 with:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
  Scenario: A redirect to an address that workflows may not call is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://api.example.com/old', redirect: true } }
    """
    And GET https://api.example.com/old redirects to http://169.254.169.254/latest/meta-data
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/authorization
    status: 403
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
  Scenario: A loopback address is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:9/' } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/authorization
    status: 403
    instance: /do/0/get
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#openapi-call
  Scenario: An operation of an OpenAPI 3 document
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get:
          call: openapi
          with:
            document: { endpoint: 'https://api.example.com/openapi.json' }
            operationId: update
            parameters: { id: 5, tags: [ a, b ], X-Trace: t, name: ada }
    """
    And GET https://api.example.com/openapi.json answers 200 with:
    """yaml
    openapi: 3.1.0
    servers: [ { url: /v1 } ]
    paths:
      /things/{id}:
        parameters: [ { $ref: '#/components/parameters/id' } ]
        put:
          operationId: update
          parameters:
            - { name: tags, in: query, explode: false, schema: { type: array } }
            - { name: X-Trace, in: header, schema: { type: string } }
          requestBody: { content: { application/json: {} } }
    components: { parameters: { id: { name: id, in: path, required: true } } }
    """
    And PUT https://api.example.com/v1/things/5 answers 200 with:
    """yaml
    ok: true
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
    And request 2 should have been PUT https://api.example.com/v1/things/5?tags=a%2Cb
    And request 2 should have had the body:
    """yaml
    name: ada
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#openapi-call
  Scenario: A parameter that the operation requires
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: openapi, with: { document: { endpoint: 'https://petstore.swagger.io/v2/swagger.json' }, operationId: getPetById } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#call
  Scenario: A function of the workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    use: { functions: { hello: { set: { greeting: '${ "Hello \(.name)" }' } } } }
    do:
      - greet: { call: hello, with: { name: '${ .who }' } }
    """
    And given the workflow input is:
    """yaml
    who: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    greeting: Hello Ada
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl.md#default-catalog
  Scenario: A function of the host
    Given the host has a function 'lookUp' that answers:
    """yaml
    n: 5
    """
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: lookUp, with: { id: 1 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 5
    """

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#call
  Scenario: A function that nobody has defined is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: lookUp }
    """
    Then the definition should be refused with a problem at line 3 about 'no function “lookUp”'

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#grpc-call
  Scenario: A protocol that is not supported yet is valid but not runnable
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: grpc, with: { proto: { endpoint: 'file://a.proto' }, service: { name: A, host: localhost }, method: M } }
    """
    Then the definition should be valid but not runnable

  # https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#uri-template
  Scenario: The endpoint is a URI template over the task's input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: conformance, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://api.example.com/pets/{petId}/{tag}' } }
    """
    And given the workflow input is:
    """yaml
    petId: 7/8
    tag: a b
    """
    And GET https://api.example.com/pets/7%2F8/a%20b answers 200 with:
    """yaml
    name: Milou
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: Milou
    """
    And request 1 should have been GET https://api.example.com/pets/7%2F8/a%20b
