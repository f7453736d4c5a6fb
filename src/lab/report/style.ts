// How a report looks: by the reader's light or dark, on paper and on a phone; no font or picture from anywhere else.

export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c2024;--dim:#5b6470;--line:#dfe3e8;--good:#12724a;--bad:#b3261e;--warn:#7a4d00;--warnbg:#fff4dc;
--heat:20,90,180;--c0:#0b62c4;--c1:#b3470a;--c2:#12724a;--c3:#8a2be2;--c4:#b0125b;--c5:#5a6a00;--c6:#007a87;--c7:#555}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1c2024;--ink:#e8eaed;--dim:#a0a9b4;--line:#343a41;--good:#5fd39a;--bad:#ff8a80;--warn:#ffcf70;--warnbg:#33290f;
--heat:90,160,255;--c0:#6db1ff;--c1:#ff9f5a;--c2:#5fd39a;--c3:#c79bff;--c4:#ff85b8;--c5:#c4d24a;--c6:#4fd0dd;--c7:#bbb}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1000px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.6rem;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:36px 0 10px}
p{margin:6px 0;overflow-wrap:anywhere}
.dim,figcaption,.tick,.axis{color:var(--dim);fill:var(--dim)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:20px 0}
.tile,figure,.scroll{background:var(--card);border:1px solid var(--line);border-radius:8px}
.tile{padding:12px 14px}
.tile b{display:block;font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums}
.warn{background:var(--warnbg);border-left:4px solid var(--warn);border-radius:4px;padding:8px 12px;margin:8px 0}
.passed{color:var(--good)}.failed{color:var(--bad)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--dim);font-size:.85rem}
th:first-child,td:first-child{text-align:left}
tr:last-child td{border-bottom:0}
figure{margin:0 0 12px;padding:12px}
figcaption{font-size:.9rem;margin-bottom:6px}
.chart{width:100%;max-width:560px;height:auto;display:block}
.tick,.axis{font-size:14px}
.grid{stroke:var(--line)}
.curve{fill:none;stroke-width:2.2}
.whisker{stroke-width:1.2;opacity:.6}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:8px 0 0;padding:0;font-size:.9rem}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:12px}
.two>*{min-width:0}
.heat td,.heat th{padding:4px 6px;text-align:center;border:0;font-size:.8rem;min-width:34px}
.heat tr>:first-child{text-align:right}
.examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:12px}
.triple{display:grid;grid-template-columns:repeat(3,1fr);gap:6px}
.triple img{width:100%;aspect-ratio:1;object-fit:contain;image-rendering:pixelated;background:#808080;border-radius:4px;display:block}
.triple span{display:block;font-size:.78rem;color:var(--dim)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:520px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}main{padding-top:16px}}
@media print{body{background:#fff}figure,.tile{break-inside:avoid}}
`;
