import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { IssuerForm, IssuerPages } from "./interactions.ts";

type Next = () => Promise<unknown>;

interface Response {
  set(name: string, value: string): void;
  type: string;
}

const CSP = ["default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"];

/**
 * On every answer of the issuer. No form-action here: the provider's own automatic forms lead to clients. Scripts are only
 * those that the provider puts there, by their digest.
 */
export const secureHeaders = async (ctx: Response, next: Next): Promise<void> => {
  ctx.set("content-security-policy", [...CSP, "script-src 'none'"].join(";"));
  ctx.set("referrer-policy", "no-referrer");
  ctx.set("x-content-type-options", "nosniff");
  await next();
};

/** What a form of ours may lead to: ourselves, and one place more where the answer redirects to. */
const show = (ctx: KoaContextWithOIDC, html: string, target?: string): void => {
  const origin = target === undefined ? undefined : URL.parse(target)?.origin;
  const also = origin && origin !== "null" ? ` ${origin}` : "";
  ctx.set("content-security-policy", [...CSP, "script-src 'none'", `form-action 'self'${also}`].join(";"));
  ctx.type = "html";
  ctx.body = html;
};

/** The hidden fields of a form that the provider made. */
const formOf = (html: string): IssuerForm => {
  const action = /action="([^"]*)"/.exec(html)?.[1] ?? "";
  const fields = [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, value] as const,
  );
  return { action, fields: Object.fromEntries(fields) };
};

/** The code as we show it, not as it was typed. */
const confirmationOf = (form: string, userCode: string): IssuerForm => {
  const { action, fields } = formOf(form);
  return { action, fields: { ...fields, user_code: userCode } };
};

const problemOf = (error: Error | undefined) => {
  switch (error?.name) {
    case "NotFoundError":
    case "NoCodeError":
      return "not-found";
    case "ExpiredError":
      return "expired";
    case "AlreadyUsedError":
      return "used";
    default:
      return error ? "aborted" : undefined;
  }
};

const nameOf = (client: { clientId: string; clientName?: string | undefined }) => ({
  id: client.clientId,
  name: client.clientName ?? client.clientId,
});

type Features = NonNullable<Configuration["features"]>;

/** Our pages where the provider wants some. */
export const issuerPageSources = (pages: IssuerPages) => ({
  deviceFlow: {
    userCodeInputSource: (ctx, form, _out, error) =>
      show(ctx, pages.userCode({ ...formOf(form), problem: problemOf(error) })),
    userCodeConfirmSource: (ctx, form, client, _device, userCode) =>
      show(ctx, pages.confirmDevice({ ...confirmationOf(form, userCode), userCode, client: nameOf(client) })),
    successSource: (ctx) => {
      const { client } = ctx.oidc;
      show(ctx, pages.deviceDone(client ? nameOf(client) : { id: "", name: "" }));
    },
  } satisfies Features["deviceFlow"],
  rpInitiatedLogout: {
    logoutSource: (ctx, form) => {
      const { client, params } = ctx.oidc;
      const target = params?.post_logout_redirect_uri;
      const page = pages.confirmSignOut({ ...formOf(form), client: client && nameOf(client) });
      show(ctx, page, typeof target === "string" ? target : undefined);
    },
    postLogoutSuccessSource: (ctx) => {
      const { client } = ctx.oidc;
      show(ctx, pages.signedOut(client && nameOf(client)));
    },
  } satisfies Features["rpInitiatedLogout"],
  renderError: ((ctx, out) => {
    if (ctx.accepts("json", "html") === "html") show(ctx, pages.problem({ code: out.error }));
    else {
      ctx.type = "json";
      ctx.body = out;
    }
  }) satisfies Configuration["renderError"],
});
