// Whether a routing key fits the binding key of a topic exchange, as kombu's virtual transports decide it: `#` stands for any text,
// also none, and `*` for any text that ends in something other than a dot. (On RabbitMQ they stand for words.) kombu stores a regular
// expression for it; that came over the network and is not run.
// Format: kombu/transport/virtual/exchange.py, `TopicExchange.key_to_pattern`.

/** Takes time in proportion to the product of both lengths, whatever they hold. */
export function matchesTopic(bindingKey: string, routingKey: string): boolean {
  // reached[i]: the part of the binding key that has been read fits the first i characters of the routing key.
  let reached = Array.from({ length: routingKey.length + 1 }, (_, i) => i === 0);
  for (const symbol of bindingKey) {
    const next = reached.map(() => false);
    let open = false;
    for (let i = 0; i <= routingKey.length; i += 1) {
      const last = routingKey[i - 1];
      if (symbol === '#') next[i] = open || reached[i] === true;
      else if (symbol === '*') next[i] = open && last !== '.';
      else next[i] = i > 0 && reached[i - 1] === true && last === symbol;
      open ||= reached[i] === true;
    }
    reached = next;
  }
  return reached[routingKey.length] === true;
}
