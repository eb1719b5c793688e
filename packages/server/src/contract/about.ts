// Operations that describe the server to people and programs.
import { Type } from 'typebox';
import { operation } from './operation.ts';

export const homePage = operation({
  id: 'homePage',
  tag: 'About',
  summary: 'A page for people',
  parameters: {},
  reply: Type.String(),
  replyDescription: 'What is connected, the workers, the newest tasks.',
  mediaType: 'text/html',
  errors: [],
});

export const openApi = operation({
  id: 'openApi',
  tag: 'About',
  summary: 'This description as OpenAPI 3.1',
  parameters: {},
  reply: Type.Record(Type.String(), Type.Unknown()),
  replyDescription: 'An OpenAPI document.',
  errors: [],
});
