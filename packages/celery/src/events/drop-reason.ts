// Why something that came as an event was dropped.

/** A closed set, fit for a metric's label. */
export type DropReason =
  /** What came has not the form of a message at all; only Redis can carry such. */
  | 'not_message'
  /** The body is not JSON in UTF-8, or its compression is damaged. */
  | 'not_json'
  /** Not an object with a `type`, or a type that no event may have. */
  | 'not_event'
  /** None, or one that cannot be a task's id: empty, longer than 255 characters. */
  | 'missing_uuid'
  /** None, or one that cannot be a sender's name. */
  | 'missing_hostname'
  /** Not epoch seconds between 1970 and 9999. */
  | 'bad_timestamp'
  | 'unsupported_content_type'
  | 'unsupported_compression'
  /** The body is larger, decompressed, than a message may be. */
  | 'too_large';

export interface Dropped {
  readonly reason: DropReason;
  /** What was seen, for a log line; at most 200 characters, and not to be trusted. */
  readonly detail: string;
}
