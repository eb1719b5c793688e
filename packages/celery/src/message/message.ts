// One message as Celery sees it, the same for every transport. AMQP carries these parts natively; on Redis
// they are one JSON envelope (redis-envelope.ts). Format: kombu's message protocol.

/** A message as it came from a broker. `body` is the serialized, possibly compressed, bytes. */
export interface Message {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: MessageProperties;
  /** MIME type of the serialized body, e.g. `application/json`. */
  readonly contentType: string;
  /** Charset of the serialized body, e.g. `utf-8`, or `binary`. */
  readonly contentEncoding: string;
  readonly body: Uint8Array;
}

/** The AMQP basic properties that Celery uses. Absent ones are undefined. */
export interface MessageProperties {
  readonly correlationId?: string | undefined;
  readonly replyTo?: string | undefined;
  /** 1 transient, 2 persistent. */
  readonly deliveryMode?: 1 | 2 | undefined;
  readonly priority?: number | undefined;
  /** Milliseconds as text, as AMQP wants it. */
  readonly expiration?: string | undefined;
  readonly exchange?: string | undefined;
  readonly routingKey?: string | undefined;
  readonly redelivered?: boolean | undefined;
}
