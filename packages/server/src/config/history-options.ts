// Options about what is kept: the history, and the audit trail beside it.
import { option } from './option.ts';
import { byteSize, duration, orOff, text, textList, toggle, wholeNumber } from './option-kinds.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const HISTORY_OPTIONS = {
  db: option<string | null>({
    kind: text('PATH|URL'),
    default: null,
    defaultText: "a file named after the broker in the user's state folder, printed at start",
    help: 'Where the history is kept: an SQLite file, or a PostgreSQL database (postgres://user:password@host/database), which several processes and machines can share.',
  }),
  'retention-age': option<number | null>({
    kind: orOff(duration('s', MINUTE_MS, 36_500 * DAY_MS)),
    default: 30 * DAY_MS,
    help: 'Tasks whose newest event is older are deleted.',
  }),
  'retention-failures': option<number | null>({
    kind: duration('s', MINUTE_MS, 36_500 * DAY_MS),
    default: null,
    defaultText: 'as --retention-age',
    help: 'The age for tasks in state FAILURE, longer or shorter than that of all others; 36500d keeps them for ever.',
  }),
  'retention-tasks': option<number | null>({
    kind: orOff(wholeNumber('COUNT', 1_000, 1_000_000_000_000)),
    default: null,
    defaultText: 'no limit',
    help: 'While the history holds more tasks, the oldest are deleted, failed ones too.',
  }),
  'retention-size': option<number | null>({
    kind: orOff(byteSize(10_000_000)),
    default: null,
    defaultText: 'no limit',
    help: 'While the history is larger than this on disk, its oldest tasks are deleted.',
  }),
  'max-value-size': option<number>({
    kind: byteSize(1_000, 1_000_000),
    default: 64_000,
    help: 'The longest args, kwargs, result, exception or traceback of a task that is kept, in UTF-8. The rest is cut, and the cut is marked.',
  }),
  redact: option<readonly string[]>({
    kind: textList('NAME[,…]'),
    default: [],
    defaultText: 'password, passwd, secret, token, api_key, authorization and the like',
    help: 'Further names under which values are shown as ***, in arguments, results and messages. Names are compared word by word, * stands for any characters, and !token takes token out of the usual ones.',
  }),
  'redact-stored': option<boolean>({
    kind: toggle,
    default: false,
    help: 'Mask such values already before they are written to disk. Nothing brings them back, and no search finds them.',
  }),
  'audit-retention': option<number | null>({
    kind: orOff(duration('s', DAY_MS, 36_500 * DAY_MS)),
    default: 365 * DAY_MS,
    help: 'Lines of the audit trail that are older are deleted.',
  }),
};
