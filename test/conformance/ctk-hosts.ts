import nock from 'nock';

/** Answers, at the HTTP client's seam, for the public hosts that the conformance kit calls. */
export function answerForHosts(): void {
  const petstore = nock('https://petstore.swagger.io').persist();
  petstore
    .get('/v2/pet/findByStatus')
    .query({ status: 'available' })
    .reply(200, [pet(1, 'Rex'), pet(2, 'Bella')]);
  petstore.get('/v2/pet/1').reply(200, pet(1, 'Rex'));
  petstore.get('/v2/pet/2').reply(200, pet(2, 'Bella'));
  petstore.get('/v2/pet/getPetByName/Milou').reply(404, { code: 1, message: 'Pet not found' });
  petstore.get('/v2/swagger.json').reply(200, SWAGGER);
  nock('https://httpbin.org')
    .persist()
    .get('/basic-auth/serverless-workflow/conformance-test')
    .reply((request: Request) => {
      const expected = `Basic ${Buffer.from('serverless-workflow:conformance-test').toString('base64')}`;
      return request.headers.get('authorization') === expected
        ? [200, { authenticated: true, user: 'serverless-workflow' }]
        : [401, ''];
    });
}

function pet(id: number, name: string): object {
  return { id, name, status: 'available' };
}

const SWAGGER = {
  swagger: '2.0',
  info: { title: 'Pets', version: '1.0.0' },
  host: 'petstore.swagger.io',
  basePath: '/v2',
  schemes: ['http', 'https'],
  paths: {
    '/pet/findByStatus': {
      get: {
        operationId: 'findPetsByStatus',
        parameters: [
          {
            name: 'status',
            in: 'query',
            required: true,
            type: 'array',
            items: { type: 'string', enum: ['available', 'pending', 'sold'] },
            collectionFormat: 'multi',
          },
        ],
        responses: { 200: { description: 'The pets.' } },
      },
    },
    '/pet/{petId}': {
      get: {
        operationId: 'getPetById',
        parameters: [{ name: 'petId', in: 'path', required: true, type: 'integer', format: 'int64' }],
        responses: { 200: { description: 'The pet.' } },
      },
    },
  },
};
