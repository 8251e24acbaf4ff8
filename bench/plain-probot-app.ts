/**
 * The pipeline's job as one would write it by hand with Probot and nothing else: labels and reviewers by the same globs, a
 * check run, a message to the team's chat. It keeps nothing, tries nothing twice, and explains its decisions in short.
 */
import { Minimatch } from 'minimatch';
import type { Context, Probot } from 'probot';
import { parse } from 'yaml';

interface Rules {
  readonly labels: readonly { readonly label: string; readonly color?: string; readonly files: readonly string[] }[];
  readonly reviewers: readonly { readonly people: readonly string[]; readonly files: readonly string[] }[];
}

interface Rule {
  readonly names: readonly string[];
  readonly color?: string | undefined;
  matches(path: string): boolean;
}

interface CompiledRules {
  readonly labels: readonly Rule[];
  readonly reviewers: readonly Rule[];
}

type Opened = Context<'pull_request.opened' | 'pull_request.synchronize'>;

export function createPlainApp({ chatUrl }: { readonly chatUrl: string }): (app: Probot) => void {
  const read = new Map<string, Promise<CompiledRules>>();

  /** Once for each repository. */
  function rulesOf(context: Opened): Promise<CompiledRules> {
    const key = context.payload.repository.full_name;
    const known = read.get(key) ?? readRules(context);
    read.set(key, known);
    return known;
  }

  return (app) => {
    app.on(['pull_request.opened', 'pull_request.synchronize'], async (context) => {
      const { pull_request: pull, repository } = context.payload;
      const rules = await rulesOf(context);
      const { data } = await context.octokit.rest.pulls.listFiles(context.pullRequest({ per_page: 100 }));
      const paths = data.map(({ filename }) => filename);

      const labels = matching(rules.labels, paths).filter(({ name }) => pull.labels.every((one) => one.name !== name));
      if (labels.length > 0) {
        const added = await context.octokit.rest.issues.addLabels(
          context.issue({ labels: labels.map(({ name }) => name) }),
        );
        for (const { name, color } of labels) {
          const isNew = added.data.some((label) => label.name === name && label.color === 'ededed');
          if (isNew && color !== undefined) {
            await context.octokit.rest.issues.updateLabel(context.repo({ name, color }));
          }
        }
      }

      const asked = (pull.requested_reviewers ?? []).map((one) => (one && 'login' in one ? one.login : ''));
      const reviewers = matching(rules.reviewers, paths).filter(
        ({ name }) => name !== pull.user?.login && !asked.includes(name),
      );
      if (reviewers.length > 0) {
        await context.octokit.rest.pulls.requestReviewers(
          context.pullRequest({ reviewers: reviewers.map(({ name }) => name) }),
        );
      }

      const reasons = [...labels, ...reviewers].map(({ name, reason }) => ({ name, reason }));
      await context.octokit.rest.checks.create(
        context.repo({
          name: 'Fairlead',
          head_sha: pull.head.sha,
          status: 'completed',
          conclusion: 'success',
          output: {
            title: `${labels.length} labels, ${reviewers.length} reviewers`,
            summary: reasons.map(({ name, reason }) => `- **${name}**: ${reason}`).join('\n'),
          },
        }),
      );

      const told = await fetch(chatUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          repository: { id: repository.id, fullName: repository.full_name, url: repository.html_url },
          number: pull.number,
          title: pull.title,
          url: pull.html_url,
          author: pull.user?.login,
          head: pull.head.sha,
          labels: labels.map(({ name, reason }) => ({ name, reason })),
          reviewers: reviewers.map(({ name, reason }) => ({ name, reason })),
        }),
      });
      await told.text();
      context.log.info({ repository: repository.full_name, number: pull.number }, 'pull request announced');
    });
  };
}

async function readRules(context: Opened): Promise<CompiledRules> {
  const { data } = await context.octokit.rest.repos.getContent(context.repo({ path: '.github/fairlead.yml' }));
  const content = 'content' in data ? data.content : '';
  const { labels, reviewers } = parse(Buffer.from(content, 'base64').toString('utf8')) as Rules;
  return {
    labels: labels.map(({ label, color, files }) => ({ names: [label], color, matches: compile(files) })),
    reviewers: reviewers.map(({ people, files }) => ({ names: people, matches: compile(files) })),
  };
}

/** A path matches one of the globs and none of those that begin with `!`. */
function compile(globs: readonly string[]): (path: string) => boolean {
  const options = { dot: true };
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map((glob) => new Minimatch(glob, options));
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => new Minimatch(glob.slice(1), options));
  return (path) => wanted.some((glob) => glob.match(path)) && !unwanted.some((glob) => glob.match(path));
}

function matching(rules: readonly Rule[], paths: readonly string[]) {
  const found = new Map<
    string,
    { readonly name: string; readonly color: string | undefined; readonly reason: string }
  >();
  for (const { names, color, matches } of rules) {
    const path = paths.find(matches);
    if (path === undefined) continue;
    for (const name of names) if (!found.has(name)) found.set(name, { name, color, reason: `${path} changed` });
  }
  return [...found.values()];
}
