/** CODEOWNERS of a branch, in GitHub's three places and their order: at most three calls, kept for a while. */
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { FunctionContext } from '../context.ts';

const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];
/** As much as GitHub shows of a file in this way. */
const LARGEST = 1024 * 1024;

/** Empty where there is none. */
export async function readCodeOwners(
  context: FunctionContext,
  place: { readonly owner: string; readonly repo: string; readonly base: string },
): Promise<string> {
  const { cache, tenant } = context;
  return cache.read([tenant, 'codeowners', place.owner, place.repo, place.base], async () => {
    for (const path of PLACES) {
      const text = await readText(context, place, path);
      if (text !== undefined) return text;
    }
    return '';
  });
}

async function readText(
  { github, signal }: FunctionContext,
  { owner, repo, base: ref }: { readonly owner: string; readonly repo: string; readonly base: string },
  path: string,
): Promise<string | undefined> {
  try {
    const route = 'GET /repos/{owner}/{repo}/contents/{path}';
    const { data } = await github.request(route, { owner, repo, path, ref, request: { signal, remembered: true } });
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data) || data.size > LARGEST) return undefined;
    return Buffer.from(data.content, 'base64').toString('utf8');
  } catch (error) {
    if (error instanceof FairleadError && error.code === 'github.not_found') return undefined;
    throw error;
  }
}
