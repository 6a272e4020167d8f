/** Nobody outside answered, not in time, or with something that is not the provider's. The same call may be made again. */
export class ProviderUnavailable extends Error {
  override readonly name = "ProviderUnavailable";
}
