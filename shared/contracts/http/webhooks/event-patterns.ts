/** An event type, or the beginning of some and `.*`; `gov.yimen.*` takes all. To be put between `^` and `$`. */
export const EVENT_PATTERN = "gov\\.yimen\\.(?:[a-z0-9-]+\\.)*(?:[a-z0-9-]+|\\*)";
