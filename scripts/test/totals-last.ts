// Node's `spec` reporter, with two differences. The totals come behind the list of failures instead of before it, so that they
// are the last lines of every run; and a test that was skipped because a server is missing (it is marked, then it throws) is
// reported as skipped alone, not among the failures too.
import { type TestEvent, spec } from 'node:test/reporters';
import { Readable } from 'node:stream';

/** A reporter, to be given the events of `run` of node:test. */
export async function* totalsLast(events: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  const totals: TestEvent[] = [];
  async function* others(): AsyncGenerator<TestEvent, void> {
    for await (const event of events) {
      if (isTotal(event)) totals.push(event);
      else yield skippedOnly(event);
    }
  }
  yield* format(others());
  yield* format(totals);
}

async function* format(events: Iterable<TestEvent> | AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  for await (const text of Readable.from(events).compose(new spec())) yield String(text);
}

/** The run's own numbers belong to no file. */
function isTotal(event: TestEvent): boolean {
  return event.type === 'test:diagnostic' && event.data.nesting === 0 && event.data.file === undefined;
}

function skippedOnly(event: TestEvent): TestEvent {
  if (event.type !== 'test:fail' || event.data.skip === undefined) return event;
  const { details, ...data } = event.data;
  return { type: 'test:pass', data: { ...data, details: { ...details, type: details.type } } };
}
