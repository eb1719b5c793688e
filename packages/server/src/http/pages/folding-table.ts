// A table that becomes a list on small screens. Roles are said explicitly, because browsers forget them for rows that are laid
// out as blocks.
import { type Html, html } from '../html.ts';

export interface Column {
  /** Empty: has no heading, as for buttons. */
  readonly name: string;
  readonly kind?: 'long' | 'number';
  /** On small screens its cells speak for themselves, without the name. */
  readonly plain?: true;
}

/** @param label for screen readers */
export function foldingTable(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Html[])[],
): Html {
  return html`<div class="scroll"><table class="fold" role="table" aria-label="${label}"><thead role="rowgroup"><tr role="row">${columns.map(
    ({ name, kind = '' }) => html`<th role="columnheader" scope="col" class="${kind}">${name}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) => html`<tr role="row">${cells.map((cell, index) => tableCell(columns[index], cell))}</tr>\n`,
  )}</tbody></table></div>`;
}

function tableCell(column: Column | undefined, cell: Html): Html {
  const { name = '', kind = '', plain = false } = column ?? {};
  const label = plain || name === '' || cell.text === '' ? html`` : html` data-name="${name}"`;
  return html`<td role="cell" class="${kind}"${label}>${cell}</td>`;
}
