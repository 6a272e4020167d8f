/** Where the stacks are deployed to. */
export interface Place {
  region: string;
  account: string;
  partition: string;
  urlSuffix: string;
}

/** What only the running services know; asked when a template value needs it. */
export interface RunningFacts {
  /** Label of a table's stream, the last part of its ARN. */
  streamLabel(table: string): string;
  /** Public address of the HTTP API, without a trailing slash. */
  apiUrl(): string;
  /** Address of the AWS endpoint that functions use, without a trailing slash. */
  endpointUrl(): string;
  /** Value of a secret's key (or the whole secret) for a dynamic reference in the template. */
  secretValue(arn: string, key: string | undefined): string;
}
