import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";

/** The text of a PDF as another program reads it, spaces and line breaks left out. */
export const textOf = async (pdf: Buffer): Promise<{ text: string; pages: number }> => {
  const document = await getDocument({ data: new Uint8Array(pdf), useSystemFonts: true, verbosity: 0 }).promise;
  const pages = await Promise.all(
    Array.from({ length: document.numPages }, async (_, n) => (await document.getPage(n + 1)).getTextContent()),
  );
  await document.loadingTask.destroy();
  const text = pages
    .flatMap(({ items }) => items)
    .map((item) => ("str" in item ? item.str : ""))
    .join("")
    .replace(/\s/g, "");
  return { text, pages: pages.length };
};
