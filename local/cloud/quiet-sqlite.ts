/** Loads node:sqlite without the warning that it is experimental, which would be the first thing a person sees. */
export const loadSqlite = async (): Promise<typeof import("node:sqlite")> => {
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return await import("node:sqlite");
  } finally {
    process.emitWarning = warn;
  }
};
