import type { Application } from "../../domain/application.ts";

/** A file by which a case supplies one of its item's materials. */
export interface Attachment {
  readonly material: string;
  readonly file: string;
  /** The version of the consent text under which a file of an earlier case is used again. */
  readonly consent?: string | undefined;
}

type Supplied = { readonly material: string } & Partial<Attachment>;

/** Which of a case's materials are files; a case of before materials has none. */
export const attachmentsOf = (state: Application): readonly Attachment[] => {
  const { materials = [] } = state as { readonly materials?: readonly Supplied[] };
  return materials.flatMap(({ material, file, consent }) =>
    file === undefined ? [] : [{ material, file, ...(consent && { consent }) }],
  );
};
