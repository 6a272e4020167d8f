import { createHash } from "node:crypto";

/** The one stylesheet. Text on its ground has a contrast of 4.5 or more, borders of fields and focus rings of 3 or more. */
const css = `
*,*::before,*::after{box-sizing:border-box}
:root{--ink:#1c2733;--soft:#4d5b69;--line:#d5dce3;--edge:#6b7885;--ground:#f3f6f9;--paper:#fff;--blue:#14558f;--deep:#0d3f6c;
--pale:#e8f0f8;--red:#b3261e;--rose:#fdf1f0;--green:#1d6b45;--mint:#eaf5ef;--amber:#8a5300;--sand:#fff6e5}
html{font:100%/1.65 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;
color:var(--ink);background:var(--ground);-webkit-text-size-adjust:100%;color-scheme:light}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;overflow-wrap:anywhere}
a{color:var(--blue);text-underline-offset:.2em}a:hover{color:var(--deep);text-decoration-thickness:2px}
:focus-visible{outline:3px solid #0b5fff;outline-offset:2px;border-radius:4px}
main:focus,.errors:focus{outline:none}
.skip{position:absolute;left:1rem;top:-5rem;background:var(--paper);padding:.6rem 1rem;z-index:1}.skip:focus{top:.75rem}
.top{background:var(--deep);color:#fff}
.top>div{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;justify-content:space-between}
.top a{color:#fff;text-decoration:none}.top a:hover{text-decoration:underline}.top :focus-visible{outline-color:#ffd166}
.brand{display:flex;gap:.7rem;align-items:center;font-size:1.125rem;font-weight:600;letter-spacing:.04em}
.brand svg{width:1.9rem;height:1.9rem;flex:none}.brand small{display:block;font-size:.8125rem;font-weight:400;letter-spacing:.02em}
.top form{margin:0}.top button{background:none;border:1px solid #9fb8d0;color:#fff;padding:.35rem .9rem;min-height:2.5rem;width:auto;font-weight:400;font-size:.9375rem}
.top button:hover{background:#1c568a}
.wide{width:100%;max-width:62rem;margin:0 auto;padding:.9rem 1.25rem}
main{flex:1;width:100%;max-width:31rem;margin:0 auto;padding:2rem 1.25rem 3rem}main.broad{max-width:62rem}
.panel{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1.75rem;box-shadow:0 1px 3px rgba(16,42,67,.06)}
.panel+.panel{margin-top:1.25rem}
h1{font-size:1.625rem;line-height:1.35;margin:0 0 .75rem}h2{font-size:1.1875rem;line-height:1.4;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.25rem 0 .35rem}p{margin:0 0 1rem}.lead{color:var(--soft);margin:-.25rem 0 1.5rem}
.small{font-size:.9375rem;color:var(--soft)}
form{margin:0 0 1rem}form:last-child{margin-bottom:0}
.field{margin:0 0 1.25rem;border:0;padding:0;min-width:0}
label,legend{display:block;font-weight:600;padding:0;margin-bottom:.25rem}
.hint{display:block;color:var(--soft);font-size:.9375rem;margin:0 0 .35rem}
input[type=text],input[type=password],input[type=tel],input[type=date],select,textarea{width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--edge);
border-radius:8px;padding:.6rem .75rem;min-height:3rem}
input:focus,select:focus,textarea:focus{border-color:var(--blue)}
.bad input,.bad select{border:2px solid var(--red)}
.wrong{display:block;color:var(--red);font-weight:600;font-size:.9375rem;margin:0 0 .35rem}
.code input{font-size:1.5rem;letter-spacing:.4em;font-variant-numeric:tabular-nums;max-width:13rem}.code.word input{max-width:18rem;letter-spacing:.2em;text-transform:uppercase}
button,.button{display:inline-block;width:100%;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;color:#fff;background:var(--blue);border:1px solid var(--blue);
border-radius:8px;padding:.6rem 1.25rem;min-height:3rem}
button:hover,.button:hover{background:var(--deep);border-color:var(--deep);color:#fff}
.second{color:var(--blue);background:var(--paper);border-color:var(--edge)}.second:hover{background:var(--pale);color:var(--deep);border-color:var(--blue)}
.plain{width:auto;min-height:2.75rem;padding:.35rem 0;background:none;border:0;color:var(--blue);font-weight:400;text-decoration:underline;text-underline-offset:.2em}
.plain:hover{background:none;color:var(--deep);text-decoration-thickness:2px}
.warn{color:var(--red);background:var(--paper);border-color:var(--red)}.warn:hover{background:var(--red);border-color:var(--red)}
.row{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center}.row form{margin:0}.row button,.row .button{width:auto}.row.fill>*{flex:1 1 9rem}
.pair{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;margin:0 0 1.25rem}.pair a,.ways a{display:inline-block;padding:.4rem 0;min-height:2.5rem}
.others{border-top:1px solid var(--line);padding-top:1.25rem;margin-top:.5rem}.others h2{font-size:1rem;color:var(--soft);margin:0 0 .25rem}
.ways{list-style:none;margin:0 0 .75rem;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem}
.tabs{display:flex;list-style:none;margin:0 0 1.5rem;padding:0;border-bottom:1px solid var(--line)}
.tabs a{display:block;padding:.6rem 1rem;text-decoration:none;color:var(--soft);border-bottom:3px solid transparent;margin-bottom:-1px}
.tabs a[aria-current]{color:var(--blue);border-color:var(--blue);font-weight:600}.tabs a:hover{color:var(--deep)}
.tick{display:grid;grid-template-columns:1.5rem 1fr;gap:.7rem;align-items:start;margin:0 0 .9rem}
.tick input{width:1.4rem;height:1.4rem;margin:.15rem 0 0;accent-color:var(--blue)}.tick label{font-weight:400;margin:0}
.pick{border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;margin:0 0 .75rem;background:var(--paper)}.pick:has(:checked){border-color:var(--blue);background:var(--pale)}
.pick label b{display:block}.errors,.done,.note{border-radius:8px;padding:1rem 1.25rem;margin:0 0 1.25rem;border:1px solid;border-left-width:5px}
.errors{border-color:var(--red);background:var(--rose)}.errors h2{font-size:1.0625rem;margin:0 0 .35rem;color:var(--red)}.errors ul{margin:0;padding-left:1.2rem}.errors a{color:var(--red);font-weight:600}
.done{border-color:var(--green);background:var(--mint)}.note{border-color:var(--amber);background:var(--sand)}.done p:last-child,.note p:last-child{margin:0}
details{border:1px solid var(--line);border-radius:8px;margin:0 0 1rem;background:var(--paper)}summary{cursor:pointer;padding:.6rem 1rem;color:var(--blue)}details>div{padding:0 1rem 1rem}
.consent{margin:0 0 1.1rem}.consent .field,.consent .tick{margin-bottom:0}.consent details{margin-left:2.2rem}.consent details,.list .full{border:0;margin-bottom:0}.consent summary,.list .full summary{padding:.35rem 0;font-size:.9375rem}.consent details>div,.list .full>div{padding:.25rem 0 0;font-size:.9375rem;color:var(--soft)}
dl{margin:0}dl>div{display:grid;grid-template-columns:8.5rem 1fr;gap:.25rem 1rem;padding:.6rem 0;border-top:1px solid var(--line)}dl>div:first-child{border-top:0}dt{color:var(--soft)}dd{margin:0}
.list{list-style:none;margin:0;padding:0}.list>li{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;justify-content:space-between;align-items:center;padding:.9rem 0;border-top:1px solid var(--line)}.list>li:first-child{border-top:0;padding-top:0}
.list>li>div{flex:1 1 16rem}.list form{margin:0}.list button{width:auto;min-height:2.75rem;padding:.4rem 1rem}.list p{margin:0}.list h3{margin:0 0 .25rem}.list details{margin:0}.list details p{margin:0 0 .75rem}.list+form{margin-top:1rem}
.tag{display:inline-block;border-radius:99px;padding:.05rem .65rem;font-size:.875rem;background:var(--pale);color:var(--deep);font-weight:400}.tag.off{background:#eceff2;color:var(--soft)}.tag.good{background:var(--mint);color:var(--green)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9375rem}caption{text-align:left;color:var(--soft);padding:0 0 .5rem}
th,td{text-align:left;vertical-align:top;padding:.6rem .75rem .6rem 0;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600;white-space:nowrap}
.usercode{font-size:1.75rem;font-weight:600;letter-spacing:.15em;text-align:center;background:var(--pale);border-radius:8px;padding:.75rem;margin:0 0 1.25rem;font-variant-numeric:tabular-nums}
.settings{display:grid;grid-template-columns:13rem 1fr;gap:2rem;align-items:start}.settings form input:not([type=checkbox]){max-width:26rem}.settings button{width:auto}.settings nav ul{list-style:none;margin:0;padding:0}
.settings nav a{display:block;padding:.55rem .9rem;border-radius:8px;text-decoration:none;color:var(--ink)}.settings nav a:hover{background:#e3eaf1}.settings nav a[aria-current]{background:var(--pale);color:var(--deep);font-weight:600;box-shadow:inset 4px 0 var(--blue)}
.foot{border-top:1px solid var(--line);color:var(--soft);font-size:.9375rem}.foot p{margin:0}
.hide{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:44rem){main{padding:1.25rem 1rem 2.5rem}.panel{padding:1.25rem}h1{font-size:1.4375rem}.settings{grid-template-columns:1fr;gap:1.25rem}
.settings nav ul{display:flex;flex-wrap:wrap;gap:.25rem}.settings nav a[aria-current]{box-shadow:inset 0 -3px var(--blue)}dl>div{grid-template-columns:1fr;gap:0}
table.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}table.cards tr{display:block;padding:.75rem 0;border-bottom:1px solid var(--line)}
table.cards td{display:grid;grid-template-columns:5rem 1fr;gap:1rem;padding:.15rem 0;border:0}table.cards td>div{min-width:0}table.cards td::before{content:attr(data-name);color:var(--soft)}}
@media(prefers-contrast:more){:root{--soft:#2b3742;--line:#6b7885}}
@media print{.top,.foot,nav,form{display:none}.panel{border:0;box-shadow:none}}
`;

export const STYLE = css.trim().replaceAll("\n", "");

export const STYLE_PATH = "/account/style.css";

/** The address names the content, so that a browser may keep it for good; an older name is answered with today's style. */
export const styleHref = `${STYLE_PATH}?v=${createHash("sha256").update(STYLE).digest("base64url").slice(0, 12)}`;

/** A gate (门) with the way through it. */
export const EMBLEM =
  '<rect x="1" y="1" width="30" height="30" rx="8" fill="#fff"/><path d="M8 25V8h16v17M13 25V13h6v12" fill="none" stroke="#0d3f6c" stroke-width="2.6" stroke-linejoin="round" stroke-linecap="round"/>';

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${EMBLEM}</svg>`;
export const ICON_PATH = "/account/icon.svg";
