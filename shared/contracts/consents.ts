/**
 * The version in force of the text by which people agree to have used again what they once supplied or were issued. Another wording is
 * another version: nobody's consent moves to it by itself.
 */
export const REUSE_CONSENT = "reuse-materials-2026-11";
