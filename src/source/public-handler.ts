/** What listens on the public port: the webhook path goes to the intake, all else to the Express app behind it. */
import type { RequestListener } from 'node:http';
import type { Intake } from './intake.ts';

export function createPublicHandler({
  intake,
  app,
}: {
  readonly intake: Intake;
  readonly app: RequestListener;
}): RequestListener {
  return (req, res) => {
    if (!intake(req, res)) app(req, res);
  };
}
