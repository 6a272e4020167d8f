export { Html, html, type Piece } from "#shared/runtime/html.ts";
