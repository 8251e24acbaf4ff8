/** A login as a configuration names it. */
import { z } from 'zod';

export const login = z
  .string()
  .regex(/^[A-Za-z\d](?:[A-Za-z\d_-]{0,98}[A-Za-z\d])?$/, 'must be a login, without "@" in front');
