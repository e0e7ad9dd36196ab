import { InvalidArgumentError } from 'commander';

/** Address of an agent as a flag gives it, without a slash at its end. */
export const parseUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new InvalidArgumentError('it must be the address of an agent, such as http://127.0.0.1:10202.');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('it must have neither a name or password nor a query.');
  return url.href.replace(/\/+$/, '');
};
