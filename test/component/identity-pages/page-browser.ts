import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { request } from "#test/support/http-request.ts";

type Form = Readonly<Record<string, string>>;

/** A browser in miniature: keeps cookies, reads tokens out of forms, sends its origin. */
export const pageBrowser = (answer: (event: HttpRequest) => Promise<HttpResponse>, origin: string) => {
  const jar = new Map<string, string>();
  const keep = (cookies: readonly string[] = []) => {
    for (const cookie of cookies) {
      const [pair = "", ...attributes] = cookie.split("; ");
      const [name = "", ...value] = pair.split("=");
      if (attributes.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, value.join("="));
    }
  };
  const send = async (method: string, address: string, headers: Record<string, string> = {}, body?: string) => {
    const { pathname, searchParams } = new URL(address, origin);
    const event = {
      ...request({
        method,
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers,
        ...(body !== undefined && { body }),
        routeKey: "ANY /interaction/{proxy+}",
      }),
      cookies: [...jar].map(([name, value]) => `${name}=${value}`),
    };
    const said = await answer(event);
    keep(said.cookies);
    return {
      status: said.statusCode ?? 0,
      headers: Object.fromEntries(Object.entries(said.headers ?? {}).map(([name, value]) => [name, String(value)])),
      location: String(said.headers?.location ?? ""),
      cookies: said.cookies ?? [],
      html: said.body ?? "",
    };
  };
  type Answer = Awaited<ReturnType<typeof send>>;
  const tokenIn = (html: string) => /name="csrf" value="([\w-]+)"/.exec(html)?.[1] ?? "";

  return {
    jar,
    keep,
    get: (address: string, headers?: Record<string, string>) => send("GET", address, headers),
    post: (address: string, form: Form, headers: Record<string, string> = { origin }) =>
      send(
        "POST",
        address,
        { "content-type": "application/x-www-form-urlencoded", ...headers },
        new URLSearchParams(form).toString(),
      ),
    raw: send,
    tokenIn,
    /** Opens a page, fills its form and sends it. */
    async fill(page: string, action: string, form: Form): Promise<Answer> {
      const shown = await send("GET", page);
      return this.post(action, { csrf: tokenIn(shown.html), ...form });
    },
  };
};
