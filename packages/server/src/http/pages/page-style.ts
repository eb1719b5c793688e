// The one style sheet of all pages: light and dark, from 360 pixels on, no script, no font, no picture.
// Colours and sizes are those of the interface; every text has a contrast of at least 4.5 : 1.

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#ffffff, #0f1215); --panel: light-dark(#f6f7f9, #161a1e); --raised: light-dark(#eef0f3, #1e2328);
  --text: light-dark(#1a1e23, #e5e8ec); --dim: light-dark(#56606b, #9ba5b0);
  --line: light-dark(#d9dee4, #2b3138); --edge: light-dark(#7d858f, #6b7580);
  --accent: light-dark(#5b48c2, #aba0ff); --on-accent: light-dark(#ffffff, #0f1215);
  --good: light-dark(#1a7a42, #4fc488); --watch: light-dark(#8f5b00, #efb43a); --bad: light-dark(#c2262d, #ff7070);
  font: 14px/1.5 system-ui, sans-serif;
}
*, ::before, ::after { box-sizing: border-box; }
body { background: var(--bg); color: var(--text); margin: 0; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { left: -100vw; position: absolute; }
.skip:focus { background: var(--bg); left: 8px; padding: 8px; top: 8px; z-index: 1; }
body > header { align-items: center; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 4px 16px; min-height: 48px; padding: 4px 16px; }
body > header .brand { color: inherit; font-size: 16px; font-weight: 600; margin-right: auto; text-decoration: none; }
body > header nav { align-items: center; display: flex; flex-wrap: wrap; gap: 4px 16px; }
body > header nav span { color: var(--dim); max-width: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
main { margin: 0 auto; max-width: 78rem; padding: 16px; }
main.narrow { max-width: 26rem; padding-top: 8vh; }
footer { color: var(--dim); margin: 32px 0 16px; }
h1 { font-size: 20px; line-height: 1.3; margin: 8px 0 16px; }
h2 { font-size: 16px; line-height: 1.3; margin: 32px 0 8px; }
p { margin: 8px 0; max-width: 80ch; }
dl { display: grid; gap: 4px 16px; grid-template-columns: max-content 1fr; margin: 8px 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
code, .secret { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.dim { color: var(--dim); }
.good { color: var(--good); }
.watch { color: var(--watch); }
.bad { color: var(--bad); font-weight: 600; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 16px; }
.card > .row:last-child { margin-bottom: 0; }
.card + * { margin-top: 24px; }
.note { background: var(--panel); border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 4px; margin: 16px 0; padding: 8px 16px; }
.note.bad { border-left-color: var(--bad); color: inherit; font-weight: 400; }
.note.bad > strong:first-child { color: var(--bad); }
.secret { background: var(--raised); border: 1px solid var(--edge); border-radius: 4px; color: inherit; display: block; margin: 8px 0; padding: 8px; user-select: all; width: 100%; }
label, legend { display: block; font-weight: 600; margin: 0 0 4px; padding: 0; }
input + label { margin-top: 12px; }
fieldset { border: 0; margin: 16px 0; min-width: 0; padding: 0; }
input:not([type=checkbox]), select, textarea { background: var(--bg); border: 1px solid var(--edge); border-radius: 4px; color: inherit; font: inherit; height: 36px; max-width: 100%; padding: 4px 8px; width: 100%; }
input[aria-invalid=true] { border-color: var(--bad); }
.hint { color: var(--dim); font-size: 12px; margin: 4px 0 0; }
.boxes { display: grid; gap: 4px 16px; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.boxes label { align-items: flex-start; display: flex; font-weight: 400; gap: 8px; margin: 4px 0; min-height: 24px; }
.boxes input { accent-color: var(--accent); flex: none; height: 18px; margin: 2px 0 0; width: 18px; }
.button, button { background: var(--raised); border: 1px solid var(--edge); border-radius: 4px; color: inherit; align-items: center; cursor: pointer; display: inline-flex; font: inherit; font-weight: 600; justify-content: center; line-height: 1.4; min-height: 36px; padding: 4px 12px; text-align: center; text-decoration: none; }
.button:hover, button:hover { border-color: var(--text); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.small { min-height: 28px; padding: 2px 8px; }
button.plain { background: none; border: 0; color: var(--accent); font-weight: 400; min-height: 24px; padding: 0; text-decoration: underline; }
.wide { margin: 16px 0 0; width: 100%; }
.ways { display: grid; gap: 8px; list-style: none; margin: 0; padding: 0; }
.ways .button { width: 100%; }
.or { align-items: center; color: var(--dim); display: flex; gap: 12px; margin: 16px 0; }
.or::before, .or::after { border-top: 1px solid var(--line); content: ""; flex: 1; }
.row { align-items: center; display: flex; flex-wrap: wrap; gap: 8px 16px; margin: 16px 0; }
.fields { display: grid; gap: 12px 16px; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 6px 16px 6px 0; text-align: left; vertical-align: top; white-space: nowrap; }
th { color: var(--dim); font-weight: 600; }
th:last-child, td:last-child { padding-right: 0; }
td.long { max-width: 26rem; min-width: 9rem; overflow-wrap: anywhere; white-space: normal; }
td.number, th.number { font-variant-numeric: tabular-nums; text-align: right; }
td, dd, strong, code, nav span { unicode-bidi: isolate; }
td form { margin: 0; }
i { font-style: normal; }
@media (max-width: 640px) {
  body > header, body > header nav { gap: 4px 12px; }
  body > header nav span { max-width: 6rem; }
  body > header nav .more { display: none; }
  main.narrow { padding-top: 16px; }
  .fold thead { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; white-space: nowrap; width: 1px; }
  .fold, .fold tbody, .fold tr, .fold td { display: block; }
  .fold tr { border-bottom: 1px solid var(--line); padding: 8px 0; }
  .fold td { border: 0; max-width: none; min-width: 0; overflow-wrap: anywhere; padding: 1px 0; text-align: left; white-space: normal; }
  .fold td[data-name]::before { color: var(--dim); content: attr(data-name) " "; }
  .fold td:empty { display: none; }
}
@media (pointer: coarse) {
  .button, button, button.small, button.plain, input:not([type=checkbox]), select { min-height: 44px; }
  .boxes label { min-height: 44px; }
}
`;
