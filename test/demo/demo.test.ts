import { expect, it } from 'vitest';
import { type DemoStep, startDemo } from '../../src/demo/demo.ts';
import { examplePayloads } from '../../src/demo/example-payload.ts';
import { setScene } from '../../src/demo/scene.ts';

const payload = examplePayloads('pull_request')!.find(({ action }) => action === 'opened')!;

it('the scene is the payload’s own: repository, pull request, author and head', async () => {
  const { github, payload: sent } = await setScene(payload);
  try {
    expect(sent).toEqual({ ...payload, installation: { id: 1 } });
    const repository = github.world.repositories.get('codertocat/hello-world')!;
    expect(repository).toMatchObject({ id: sent.repository.id, defaultBranch: 'master' });
    expect(repository.pulls.get(2)).toMatchObject({
      id: sent.pull_request.id,
      title: 'Update the README with new information.',
      author: { login: 'Codertocat' },
      head: { sha: sent.pull_request.head.sha },
    });
  } finally {
    await github.close();
  }
});

it('a bot that does nothing leaves the demo saying what it did not see', async () => {
  const steps: DemoStep[] = [];
  let stopped = false;
  const demo = await startDemo(
    {
      startBot: async () => ({ webhookUrl: 'http://127.0.0.1:1/', stop: async () => void (stopped = true) }),
      report: (step) => steps.push(step),
    },
    { payload, deadlineMs: 50 },
  );
  await demo.close();
  expect(steps.map(({ kind }) => kind)).toEqual(['sent']);
  expect(demo.missing).toEqual(['accepted', 'files', 'labels', 'reviewers', 'check', 'verified', 'chat']);
  expect(demo.tookMs).toBeGreaterThanOrEqual(50);
  expect(stopped).toBe(true);
});

it('an event without collected examples has none', () => {
  expect(examplePayloads('no_such_event')).toEqual([]);
});
