const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

const parsed = (uri: string): URL | undefined => {
  // What is compared character by character must not read differently to a browser.
  if (!/^[\x21-\x7e]+$/.test(uri) || /[#*\\]/.test(uri)) return undefined;
  const url = URL.parse(uri);
  return url && !url.username && !url.password ? url : undefined;
};

const isWebUri = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname));

/**
 * Whether people may be sent there after signing in or out: https; http on one's own machine only; for an app also a scheme
 * that is a domain name backwards (RFC 8252, 7.1).
 */
export const isRedirectUri = (uri: string, application: "web" | "native"): boolean => {
  const url = parsed(uri);
  if (!url) return false;
  return isWebUri(url) || (application === "native" && /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(url.protocol));
};

/** Whether a logout token may be sent there. */
export const isBackchannelUri = (uri: string): boolean => {
  const url = parsed(uri);
  return url !== undefined && isWebUri(url);
};
