/** The longest beginning of a text that fits into so many bytes of UTF-8, whole characters only; an ellipsis tells of a cut. */
export const withinBytes = (text: string, limit: number): string => {
  if (Buffer.byteLength(text) <= limit) return text;
  const room = limit - Buffer.byteLength("…");
  let bytes = 0;
  let end = 0;
  for (const { segment, index } of new Intl.Segmenter("zh").segment(text)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > room) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end)}…`;
};
