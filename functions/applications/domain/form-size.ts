/** A case is one row of at most 400 KB, and there is more in it than the form. */
const FORM_BYTES_AT_MOST = 200_000;

export const isFormTooLarge = (form: Readonly<Record<string, unknown>>): boolean =>
  Buffer.byteLength(JSON.stringify(form)) > FORM_BYTES_AT_MOST;
