import * as z from 'zod/mini';
import { historyOptions } from '../history/options.ts';
import { about, duration, section } from './fields.ts';

/** One key, set as a whole: an engine has no setting that means something without its address. */
export const historyKey = about(z.exactOptional(historyOptions), {
  description:
    'Where the past of the hosts is read: negawatt fleet, and compare and report where no flag names one. ' +
    'Not set: this agent alone. csv: {path, interval} instead of prometheus reads a table.',
  'x-example': {
    prometheus: { url: 'https://prometheus.example', preset: 'negawatt', match: { cluster: 'east' } },
  },
  'x-expected': 'a mapping of prometheus or csv',
  'x-whole': true,
});

export const fleetSection = section('The service `negawatt fleet`, which evaluates measures of many hosts.', {
  retention: duration(
    '800d',
    '30d',
    '3650d',
    'How long the hours of every host in scope are kept in archive.db of the state directory, beyond what the ' +
      'engine keeps: the longest baseline, with twice as long before it. Some 0.5 MB a host and year of hours.',
  ),
});
