/** Carriers cut texts at 512; so do we. Unprintable characters go. */
export const carrierText = (text: string | undefined): string =>
  [...(text ?? "").replace(/[\p{Cc}\p{Cs}]/gu, " ").trim()].slice(0, 512).join("");
