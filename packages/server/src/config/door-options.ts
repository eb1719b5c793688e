// Options about the door: where Umbel listens, under which name it is reached, and what it believes of whoever stands in between.
import { option } from './option.ts';
import { text, textList, urlPath, wholeNumber } from './option-kinds.ts';
import { fileMode, filePath, framers, networks, origins, webAddress } from './network-kinds.ts';

export const DOOR_OPTIONS = {
  address: option<string>({
    kind: text('HOST'),
    default: '127.0.0.1',
    flower: 'address',
    help: 'Address to listen on.',
  }),
  port: option<number>({
    kind: wholeNumber('PORT', 0, 65_535),
    default: 5555,
    flower: 'port',
    help: 'Port to listen on; 0 takes any free one.',
  }),
  'url-prefix': option<string>({
    kind: urlPath,
    default: '',
    flower: 'url_prefix',
    help: 'Path below which everything is served, for a proxy that passes it on.',
  }),
  'allowed-hosts': option<readonly string[]>({
    kind: textList('NAME[,…]'),
    default: [],
    defaultText: 'localhost and addresses',
    help: 'Further names under which an open API on a loopback address may be called, for a proxy on the same machine.',
  }),
  'public-url': option<string | null>({
    kind: webAddress,
    default: null,
    defaultText: 'taken from each request',
    help: 'Address under which people reach Umbel, for links and for redirect URIs at providers. A path in it has to be the one of --url-prefix.',
  }),
  'unix-socket': option<string | null>({
    kind: filePath,
    default: null,
    flower: 'unix_socket',
    defaultText: 'none',
    help: 'Listen on this unix socket instead of an address and a port.',
  }),
  'unix-socket-mode': option<number>({
    kind: fileMode,
    default: 0o660,
    help: 'Permissions of the unix socket. Whoever may write to it may connect.',
  }),
  certfile: option<string | null>({
    kind: filePath,
    default: null,
    flower: 'certfile',
    defaultText: 'none',
    help: 'Serve https with this certificate: a PEM file with the chain, the own certificate first. Needs --keyfile. New files are taken without a restart.',
  }),
  keyfile: option<string | null>({
    kind: filePath,
    default: null,
    flower: 'keyfile',
    defaultText: 'none',
    help: 'Private key of --certfile, a PEM file without a passphrase.',
  }),
  'ca-certs': option<string | null>({
    kind: filePath,
    default: null,
    flower: 'ca_certs',
    defaultText: 'none',
    help: 'Let in only clients that have a certificate of one of these authorities (a PEM file). Unlike Flower, which reads the file and asks nobody. Needs --certfile.',
  }),
  'trust-proxy': option<readonly string[]>({
    kind: networks,
    default: [],
    help: 'Proxies whose X-Forwarded-For, -Proto and -Host are believed: addresses, networks, or unix for whoever comes by the unix socket.',
  }),
  'cors-origins': option<readonly string[]>({
    kind: origins,
    default: [],
    help: 'Web sites whose pages may call the API from a browser.',
  }),
  'frame-ancestors': option<readonly string[]>({
    kind: framers,
    default: [],
    help: "Web sites that may show Umbel's pages in a frame; self stands for this one.",
  }),
};
