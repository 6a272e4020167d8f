import type { Clock } from "#shared/kernel/clock.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import type { AssuranceLevel, Origin } from "../accounts/accounts.ts";

/** A person as an upstream identity provider (上游身份源) vouches for them. Personal data. */
export interface UpstreamIdentity {
  /** The configured name of the upstream. */
  readonly upstream: string;
  /** The person's key there; stable, and meaningless elsewhere. */
  readonly subject: string;
  readonly name: string;
  /** Well formed (GB 11643); the only thing by which an account of ours is found. */
  readonly idNumber: string;
  /** What the upstream's own level means on our scale. */
  readonly assurance: AssuranceLevel;
  /** The level as the upstream names it. */
  readonly rawLevel: string;
}

/** Why nobody arrives from an upstream. */
export type UpstreamRefusal =
  /** No upstream has this name. */
  | "upstream.unknown"
  /** It is down or does not answer in time. */
  | "upstream.unreachable"
  /** The person declined there, or the upstream would not let them in. */
  | "upstream.declined"
  /** The browser did not start this, or another one did, or it was used before, or too long ago. */
  | "upstream.state-invalid"
  /** The code or account key is spent, expired or somebody else's. */
  | "upstream.code-invalid"
  /** What it says is not signed as it should be, contradicts itself or is not for us. */
  | "upstream.answer-untrusted"
  | "upstream.id-number-missing"
  | "upstream.id-number-invalid"
  /** A child under 14 has no account but by its guardian (Personal Information Protection Law art. 31). */
  | "upstream.guardian-needed"
  /** The upstream has not verified whose ID number this is, so it opens no account. */
  | "upstream.assurance-too-low"
  /** Somebody signed in here wants to connect an account there that is another person's. */
  | "upstream.another-person"
  /** The account with this ID number is under another name. */
  | "upstream.name-differs"
  | "identity.too-many-attempts";

export type StaffRefusal =
  | "staff-sign-in.unavailable"
  | "staff-sign-in.unreachable"
  | "staff-sign-in.declined"
  | "staff-sign-in.state-invalid"
  | "staff-sign-in.code-invalid"
  /** No member of the city's organisation in the chat, never appointed here, or dismissed. */
  | "staff-sign-in.not-staff";

/** What a start leaves behind for its finish, in a sealed cookie of the same browser. */
export interface Ticket {
  readonly state: string;
  readonly nonce: string;
  /** PKCE code verifier, RFC 7636. */
  readonly verifier: string;
}

/** One upstream identity provider: sends a browser there, and reads what it brings back. A fault of ours throws. */
export interface Upstream {
  readonly name: string;
  /** As people know it, in Chinese. */
  readonly label: string;
  /** What it calls the parameter in which the state comes back. */
  readonly stateParameter: string;
  /** Where to send the browser. */
  start(ticket: Ticket): Promise<Decision<URL, UpstreamRefusal>>;
  /** @param callback the address the browser came back to, with its query */
  finish(callback: URL, ticket: Ticket): Promise<Decision<UpstreamIdentity, UpstreamRefusal>>;
}

export interface UpstreamOptions {
  /** Where the browser comes back to; registered with the upstream. */
  readonly callback: string;
  readonly now: Clock;
  /** Milliseconds for one request; 4000 unless told. */
  readonly timeoutMs?: number;
}

/** Where to send the browser (status 303), with the cookies to set. */
export interface Redirect {
  readonly location: string;
  readonly cookies: readonly string[];
}

/** A refusal for a page to show, with the cookies to set (the spent ones are cleared) and where the browser wanted to go. */
export interface Turned<E extends string> {
  readonly ok: false;
  readonly refusal: { readonly code: E; readonly detail?: string };
  readonly cookies: readonly string[];
  readonly returnTo?: string | undefined;
}
export type Came<E extends string> = ({ readonly ok: true } & Redirect) | Turned<E>;

/** The browser's request, as the HTTP API hands it over. */
export interface CallbackVisit {
  readonly rawQueryString: string;
  readonly cookies?: readonly string[] | undefined;
}

/** Who has just been vouched for; told once, within two minutes, in this browser, at this path. What to finish an interaction with. */
export type Arrival =
  | {
      readonly kind: "person";
      readonly person: string;
      readonly acr: "0" | "1" | "2" | "3";
      /** RFC 8176. */
      readonly amr: readonly string[];
      readonly upstream: string;
      /** Since when they are signed in, in seconds since 1970. */
      readonly at: number;
    }
  | {
      readonly kind: "staff";
      readonly staff: string;
      readonly acr: "2";
      readonly amr: readonly string[];
      readonly at: number;
    };

/**
 * What the pages mount under `/account/upstreams/{name}/start|callback` and `/account/staff/wecom/start|callback`. Nothing here
 * makes a session: a finish sends the browser on to the path it wanted, where `arrival` tells once who it is.
 */
export interface OutsideSignIn {
  /** For the buttons of the sign-in page. */
  readonly upstreams: readonly { readonly name: string; readonly label: string }[];
  readonly staffSignIn: boolean;
  /**
   * @param returnTo a path of ours that begins with /account or /interaction; anything else counts as /account
   * @param person set when somebody who is signed in connects an upstream or steps up: only the same person may come back
   */
  startUpstream(request: {
    readonly upstream: string;
    readonly returnTo?: string | undefined;
    readonly person?: string | undefined;
  }): Promise<Came<UpstreamRefusal>>;
  finishUpstream(
    request: CallbackVisit & { readonly upstream: string; readonly origin: Origin },
  ): Promise<Came<UpstreamRefusal>>;
  startStaffSignIn(request: { readonly returnTo?: string | undefined }): Promise<Came<StaffRefusal>>;
  finishStaffSignIn(request: CallbackVisit): Promise<Came<StaffRefusal>>;
  /**
   * Who arrived at this path, if anybody just did. Spends the arrival: ask once, then set the cookies it gives.
   * @param path the path of the page, as given as returnTo, without its query
   */
  arrival(visit: {
    readonly rawPath: string;
    readonly cookies?: readonly string[] | undefined;
  }): Promise<{ readonly who: Arrival; readonly cookies: readonly string[] } | undefined>;
}

/** What people read. The page shows it; no status, since no interface of ours utters these. */
export const upstreamTexts: Readonly<
  Record<UpstreamRefusal | StaffRefusal, { readonly zh: string; readonly en: string }>
> = {
  "upstream.unknown": { zh: "没有这个登录方式。", en: "There is no such way to sign in." },
  "upstream.unreachable": {
    zh: "上级身份认证平台暂时无法连接，请稍后重试，或改用其他方式登录。",
    en: "The upstream identity platform cannot be reached at the moment. Try again later, or sign in another way.",
  },
  "upstream.declined": {
    zh: "您已取消，或对方平台未同意登录。",
    en: "You cancelled, or the other platform did not let you in.",
  },
  "upstream.state-invalid": {
    zh: "本次登录已失效或已使用过，请重新开始。",
    en: "This sign-in has expired or was used before. Please start again.",
  },
  "upstream.code-invalid": {
    zh: "对方平台的登录凭据无效或已使用过，请重新开始。",
    en: "The other platform's sign-in code is not valid or was used before. Please start again.",
  },
  "upstream.answer-untrusted": {
    zh: "对方平台返回的信息未通过校验，登录未完成。",
    en: "What the other platform answered did not pass our checks; you are not signed in.",
  },
  "upstream.id-number-missing": {
    zh: "您在对方平台的账户没有身份证件号码，无法登录。请先在对方平台完成实名认证。",
    en: "Your account there has no ID number. Complete real-name verification there first.",
  },
  "upstream.id-number-invalid": {
    zh: "对方平台提供的身份证件号码未通过校验，无法登录。",
    en: "The ID number the other platform gave is not well formed; you are not signed in.",
  },
  "upstream.guardian-needed": {
    zh: "不满十四周岁不能自己登录，请由监护人登录自己的账户，在“未成年子女”中登记后代为办理。",
    en: "A child under 14 does not sign in: a guardian registers the child in the guardian's own account, and acts for it.",
  },
  "upstream.assurance-too-low": {
    zh: "您在对方平台尚未完成实名认证，无法用它登录。请先在对方平台完成实名认证。",
    en: "Your account there has not been verified. Complete real-name verification there first.",
  },
  "upstream.another-person": {
    zh: "对方平台的账户属于另一个人，不能与当前账户关联。",
    en: "The account there belongs to another person and cannot be connected with this one.",
  },
  "upstream.name-differs": {
    zh: "对方平台登记的姓名与本平台账户不一致，请到政务服务窗口核实。",
    en: "The other platform has another name for this ID number than we do. Please have it settled at a service counter.",
  },
  "identity.too-many-attempts": { zh: "尝试次数过多，请稍后再试。", en: "Too many attempts. Please try again later." },
  "staff-sign-in.unavailable": { zh: "本市未开通企业微信登录。", en: "Signing in with WeCom is not set up." },
  "staff-sign-in.unreachable": {
    zh: "企业微信暂时无法连接，请稍后重试，或使用工号密码登录。",
    en: "WeCom cannot be reached at the moment. Try again later, or use your password.",
  },
  "staff-sign-in.declined": { zh: "您已取消企业微信登录。", en: "You cancelled signing in with WeCom." },
  "staff-sign-in.state-invalid": {
    zh: "本次登录已失效或已使用过，请重新开始。",
    en: "This sign-in has expired or was used before. Please start again.",
  },
  "staff-sign-in.code-invalid": {
    zh: "企业微信登录凭据无效或已使用过，请重新开始。",
    en: "WeCom's sign-in code is not valid or was used before. Please start again.",
  },
  "staff-sign-in.not-staff": {
    zh: "您不是本平台的在职工作人员，无法登录。",
    en: "You are not a serving member of staff of this platform.",
  },
};
