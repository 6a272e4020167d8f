const HOME = "/account";
const LENGTH_AT_MOST = 512;

/** Pages only; not the doors themselves, through which one would go round in circles. */
const ALLOWED = /^\/(account|interaction)(\/[\w~.-]+)*\/?$/;
const DOORS = /^\/account\/(upstreams|staff)(\/|$)/;

/**
 * The path with its query to which a browser may be sent after signing in outside: one of our own pages, or the account page.
 * Read as a browser reads it, so that `//evil.example`, `/\evil.example` and `/account/..//evil.example` are what they are.
 */
export const returnPath = (wanted: string | undefined): string => {
  if (!wanted || wanted.length > LENGTH_AT_MOST || !wanted.startsWith("/")) return HOME;
  const here = "https://here.invalid";
  const url = URL.parse(wanted, here);
  if (!url || url.origin !== here || !ALLOWED.test(url.pathname) || DOORS.test(url.pathname)) return HOME;
  return url.pathname + url.search;
};
