/** Whom our access tokens are for: the resource of RFC 8707, the `aud` of the token. */
export const API_AUDIENCE = "urn:yimen:api";
