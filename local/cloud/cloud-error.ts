/** A fault that the person who started the cloud can mend; its message is one sentence for them. */
export class CloudError extends Error {
  override readonly name = "CloudError";
}
