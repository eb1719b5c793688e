// Every error this package throws on purpose. Callers match `code`, never the text.
// Leaf of the package: imports nothing.

/** What went wrong, for programs. The sentence for people is in `message`. */
export type CeleryErrorCode =
  /** A broker or backend URL cannot be understood; `params.url` is masked. */
  | 'bad_url'
  /** The URL's scheme names a transport or backend that is not supported. */
  | 'unsupported_transport'
  /** An argument is outside what Celery accepts; `params.field` names it. */
  | 'bad_argument'
  /** The broker is not connected, or the connection broke while the call was under way. */
  | 'broker_unavailable'
  /** The result backend is not connected, or the connection broke while the call was under way. */
  | 'backend_unavailable'
  /** The deadline passed. */
  | 'timeout'
  /** Bytes from the network are not what the format demands; `params.reason` names how. */
  | 'undecodable'
  /** The content type is known but not readable here (pickle, yaml …); `params.contentType` names it. */
  | 'unsupported_content_type'
  /** The compression is not one that kombu knows; `params.compression` names it. */
  | 'unsupported_compression'
  /** A decompressed or decoded body is larger than allowed. */
  | 'too_large'
  /** The object was closed. */
  | 'closed';

/** An expected failure of this package. `params` never holds a password. */
export class CeleryError extends Error {
  override name = 'CeleryError';
  readonly code: CeleryErrorCode;
  readonly params: Readonly<Record<string, unknown>>;

  constructor(
    code: CeleryErrorCode,
    message: string,
    options: { params?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.params = options.params ?? {};
  }
}
