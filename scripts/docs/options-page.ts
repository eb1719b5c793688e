// docs/options.md, written from the table of options.
import { environmentNames, formatDefault } from '../../packages/server/src/config/help-text.ts';
import { type Option, type OptionName, OPTIONS } from '../../packages/server/src/config/options.ts';

const INTRODUCTION = `# Options

Written by \`npm run docs\` from the table that the server itself reads. An option may come from the command line, from the environment, or from a YAML file
(\`--config FILE\`, the names as here without the dashes); the first of these that has it wins.

| option | environment | default | |
| --- | --- | --- | --- |
`;

export function renderOptionsPage(): string {
  const rows = (Object.keys(OPTIONS) as OptionName[]).map((name) => {
    const option: Option<unknown> = OPTIONS[name];
    const { placeholder } = option.kind;
    const flag =
      option.flag === false
        ? ''
        : placeholder === null
          ? `\`--[no-]${name}\``
          : `\`--${name} ${placeholder}\``;
    const variables = environmentNames(name)
      .map((variable) => `\`${variable}\``)
      .join(', ');
    const flower =
      option.flower === undefined || option.flower === name.replaceAll('-', '_')
        ? ''
        : ` In Flower: \`${option.flower}\`.`;
    return `| ${[flag, variables, formatDefault(option), `${option.help}${flower}`]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')} |`;
  });
  return `${INTRODUCTION}${rows.join('\n')}\n`;
}
