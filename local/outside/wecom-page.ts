/** A card on a member's phone. */
export interface ShownCard {
  readonly user: string;
  readonly at: string;
  readonly msgid: string;
  readonly title: string;
  readonly description: string;
  readonly url: string;
  readonly button: string;
  /** What its buttons say to the application, where it has buttons. */
  readonly keys: readonly string[];
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A card's description may hold line breaks and three kinds of div, and nothing else of HTML. */
const description = (text: string): string =>
  escaped(text)
    .replaceAll(/&lt;div class=&quot;(gray|normal|highlight)&quot;&gt;/g, '<div class="$1">')
    .replaceAll("&lt;/div&gt;", "</div>")
    .replaceAll(/&lt;br\s*\/?&gt;|\n/g, "<br>");

const SHANGHAI = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

const link = (url: string): string => (/^https?:\/\//.test(url) ? escaped(url) : "#");

const bubble = (card: ShownCard, showUser: boolean): string => `
  <p class="time">${SHANGHAI.format(new Date(card.at))}${showUser ? ` · 发给 ${escaped(card.user)}` : ""}</p>
  <div class="row"><span class="avatar">门</span>
    <a class="card" href="${link(card.url)}" target="_blank" rel="noreferrer">
      <h2>${escaped(card.title)}</h2>
      <div class="text">${description(card.description)}</div>
      <span class="more">${escaped(card.button)}<i>›</i></span>
    </a>
  </div>`;

/** What members see on their phones, newest at the bottom as in any chat; it looks for new cards every two seconds. */
export const phonePage = (
  cards: readonly ShownCard[],
  { names, user }: { names: readonly string[]; user: string | null },
): string => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>企业微信 · 一门政务</title>
<style>
  * { box-sizing: border-box; margin: 0 }
  body { min-height: 100vh; display: flex; flex-direction: column; align-items: center; gap: 16px; padding: 24px 12px;
    background: #dfe6ee; color: #1d2129; font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif }
  nav { display: flex; flex-wrap: wrap; justify-content: center; gap: 8px; max-width: 640px }
  nav a { padding: 4px 14px; border-radius: 999px; background: #fff; color: #3b4a5a; text-decoration: none; font-size: 13px }
  nav a[aria-current] { background: #2b7ce9; color: #fff }
  main { width: 100%; max-width: 390px; height: min(780px, calc(100vh - 110px)); display: flex; flex-direction: column;
    overflow: hidden; border: 10px solid #1b2330; border-radius: 42px; background: #f0f2f5; box-shadow: 0 24px 60px #1b233044 }
  header { padding: 16px; text-align: center; background: #fff; border-bottom: 1px solid #e5e8ee; font-weight: 600 }
  header small { display: block; color: #8a94a3; font-weight: 400; font-size: 12px }
  section { flex: 1; overflow-y: auto; padding: 8px 14px 24px }
  .time { margin: 16px 0 8px; text-align: center; color: #98a1ae; font-size: 12px }
  .row { display: flex; gap: 10px; align-items: flex-start }
  .avatar { flex: none; width: 38px; height: 38px; border-radius: 9px; display: grid; place-items: center;
    background: linear-gradient(135deg, #2b7ce9, #1a56b8); color: #fff; font-weight: 700 }
  .card { flex: 1; min-width: 0; display: block; padding: 14px 14px 0; border-radius: 4px 14px 14px; background: #fff; color: inherit;
    text-decoration: none; box-shadow: 0 1px 3px #1b233018 }
  .card:hover { box-shadow: 0 4px 14px #1b233026 }
  h2 { font-size: 16px; margin-bottom: 6px }
  .text { color: #4a5565; font-size: 14px; overflow-wrap: anywhere }
  .gray { color: #98a1ae } .highlight { color: #d97706 }
  .more { display: flex; justify-content: space-between; margin-top: 12px; padding: 9px 0; border-top: 1px solid #eef0f4;
    color: #2b7ce9; font-size: 14px }
  .more i { font-style: normal; color: #b3bac5 }
  .empty { margin-top: 40%; text-align: center; color: #98a1ae }
</style>
</head>
<body>
<nav aria-label="成员">
  <a href="/"${user ? "" : " aria-current=page"}>全部成员</a>
  ${names.map((name) => `<a href="/?user=${encodeURIComponent(name)}"${name === user ? " aria-current=page" : ""}>${escaped(name)}</a>`).join("\n  ")}
</nav>
<main>
  <header>一门政务<small>${user ? escaped(user) : "全部成员的消息"}</small></header>
  <section id="chat" data-count="${cards.length}">
    ${cards.map((card) => bubble(card, !user)).join("") || '<p class="empty">还没有消息</p>'}
  </section>
</main>
<script>
  const chat = document.getElementById("chat");
  chat.scrollTop = chat.scrollHeight;
  setInterval(async () => {
    const answer = await fetch("/inbox" + location.search).catch(() => undefined);
    if (answer && (await answer.json()).cards.length !== Number(chat.dataset.count)) location.reload();
  }, 2000);
</script>
</body>
</html>
`;
