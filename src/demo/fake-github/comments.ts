import type { components } from '@octokit/openapi-types';
import { type Answer, notFound, validationFailed } from './answer.ts';
import { page } from './page.ts';
import { toComment, toCommentPayload } from './represent-issue.ts';
import { toNodeId, toSimpleUser } from './represent-repository.ts';
import { pullRoute, type Route, read, repositoryRoute, write } from './route.ts';
import { addComment } from './seed.ts';
import { botOf, type Comment, type Pull, REACTIONS, type Reaction, type Repository } from './world.ts';

const LONGEST_BODY = 65_536;
const COMMENTER = ['issues', 'pull_requests'] as const;

/** Comments on pull requests, and reactions to them. */
export const commentRoutes: readonly Route[] = [
  pullRoute('GET', '/issues/{number}/comments', read(...COMMENTER), (world, call, repository, pull) => {
    const since = Date.parse(call.query.get('since') ?? '') || 0;
    const listed = repository.comments.filter(({ on, updatedAt }) => on === pull.number && updatedAt >= since);
    const { items, headers } = page(call, listed);
    return { status: 200, headers, body: items.map((comment) => toComment(world, repository, comment)) };
  }),
  pullRoute('POST', '/issues/{number}/comments', write(...COMMENTER), (world, call, repository, pull): Answer => {
    const body = bodyIn(call.body);
    if (body === undefined) return refuseBody();
    const comment = addComment(world, repository, pull, botOf(world), body);
    world.announce('issue_comment', toCommentPayload(world, repository, pull, comment, 'created'));
    return { status: 201, body: toComment(world, repository, comment) };
  }),
  repositoryRoute('GET', '/issues/comments/{id}', read(...COMMENTER), (world, _call, repository, { id }): Answer => {
    const comment = commentOf(repository, id);
    return comment === undefined ? notFound() : { status: 200, body: toComment(world, repository, comment) };
  }),
  repositoryRoute('PATCH', '/issues/comments/{id}', write(...COMMENTER), (world, call, repository, { id }): Answer => {
    const comment = commentOf(repository, id);
    if (comment === undefined) return notFound();
    const body = bodyIn(call.body);
    if (body === undefined) return refuseBody();
    comment.body = body;
    comment.updatedAt = world.now();
    const pull = repository.pulls.get(comment.on) as Pull;
    world.announce('issue_comment', toCommentPayload(world, repository, pull, comment, 'edited'));
    return { status: 200, body: toComment(world, repository, comment) };
  }),
  repositoryRoute(
    'DELETE',
    '/issues/comments/{id}',
    write(...COMMENTER),
    (_world, _call, repository, { id }): Answer => {
      const comment = commentOf(repository, id);
      if (comment === undefined) return notFound();
      repository.comments.splice(repository.comments.indexOf(comment), 1);
      return { status: 204 };
    },
  ),
  repositoryRoute(
    'POST',
    '/issues/comments/{id}/reactions',
    write(...COMMENTER),
    (world, call, repository, { id }): Answer => {
      const comment = commentOf(repository, id);
      if (comment === undefined) return notFound();
      const { content } = (call.body ?? {}) as { content?: Reaction };
      if (content === undefined || !REACTIONS.includes(content)) {
        return validationFailed([{ resource: 'Reaction', code: 'invalid', field: 'content' }]);
      }
      const user = botOf(world);
      const known = comment.reactions.find((one) => one.content === content && one.user === user);
      const reaction = known ?? { content, user, id: world.nextId() };
      if (known === undefined) comment.reactions.push(reaction);
      const body = {
        id: reaction.id,
        node_id: toNodeId('Reaction', reaction.id),
        user: toSimpleUser(world, user),
        content,
        created_at: new Date(world.now()).toISOString(),
      } satisfies components['schemas']['reaction'];
      return { status: known === undefined ? 201 : 200, body };
    },
  ),
];

function commentOf(repository: Repository, id: string | undefined): Comment | undefined {
  return repository.comments.find((comment) => comment.id === Number(id));
}

function bodyIn(body: unknown): string | undefined {
  const { body: text } = (body ?? {}) as { body?: unknown };
  return typeof text === 'string' && text.trim() !== '' && text.length <= LONGEST_BODY ? text : undefined;
}

function refuseBody(): Answer {
  return validationFailed([{ resource: 'IssueComment', code: 'invalid', field: 'body' }]);
}
