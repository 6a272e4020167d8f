import type { Application } from "../../domain/application.ts";

/** A file by which a case supplies one of its item's materials. */
export interface Attachment {
  readonly material: string;
  readonly file: string;
  /** The version of the consent text under which a file of an earlier case is used again. */
  readonly consent?: string | undefined;
}

/** Which of a case's materials are files. */
export const attachmentsOf = ({ materials }: Application): readonly Attachment[] =>
  materials.flatMap((each) =>
    "file" in each
      ? [{ material: each.material, file: each.file, ...(each.consent && { consent: each.consent }) }]
      : [],
  );
