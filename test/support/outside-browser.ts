/** A browser without scripts: keeps cookies per origin and path, follows no redirect by itself. */
export const outsideBrowser = () => {
  const jar = new Map<string, { readonly path: string; readonly pair: string }>();

  const keep = (origin: string, lines: readonly string[]): void => {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(/; */);
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? "/";
      const name = pair.slice(0, pair.indexOf("="));
      const key = `${origin} ${path} ${name}`;
      const gone = attributes.some((attribute) => /^max-age=0$/i.test(attribute)) || pair === `${name}=`;
      if (gone) jar.delete(key);
      else jar.set(key, { path, pair });
    }
  };

  const cookiesFor = (url: URL): string[] =>
    [...jar].flatMap(([key, { path, pair }]) =>
      key.startsWith(`${url.origin} `) && isUnder(url.pathname, path) ? [pair] : [],
    );

  return {
    keep,
    cookiesFor,
    async open(address: string | URL, form?: Readonly<Record<string, string>>): Promise<Response> {
      const url = new URL(address);
      const answer = await fetch(url, {
        redirect: "manual",
        headers: { cookie: cookiesFor(url).join("; ") },
        ...(form && { method: "POST", body: new URLSearchParams(form) }),
      });
      keep(url.origin, answer.headers.getSetCookie());
      return answer;
    },
    /** Goes on until a page is shown, or an address is reached for which `stop` says so; that one is not asked for. */
    async follow(address: string | URL, stop: (url: URL) => boolean): Promise<{ url: URL; page?: string }> {
      let url = new URL(address);
      for (let hops = 0; hops < 12; hops++) {
        if (stop(url)) return { url };
        const answer = await this.open(url);
        const location = answer.headers.get("location");
        if (!location) return { url, page: await answer.text() };
        url = new URL(location, url);
      }
      throw new Error("redirects without end");
    },
    /** Sends the page's form with these choices, and the hidden fields that stand in it. */
    async submit(at: URL, page: string, choices: Readonly<Record<string, string>>): Promise<URL> {
      const action = /<form[^>]*action="([^"]*)"/.exec(page)?.[1] ?? at.href;
      const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
      const fields = Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, unescaped(value)]));
      const answer = await this.open(new URL(unescaped(action), at), { ...fields, ...choices });
      const location = answer.headers.get("location");
      if (!location) throw new Error(`the form was answered with ${answer.status}: ${await answer.text()}`);
      return new URL(location, at);
    },
  };
};

export type OutsideBrowser = ReturnType<typeof outsideBrowser>;

const isUnder = (path: string, cookiePath: string): boolean =>
  path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);

const unescaped = (text: string): string =>
  text.replaceAll("&quot;", '"').replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
