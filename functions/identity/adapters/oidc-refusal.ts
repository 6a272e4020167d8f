/**
 * An error that oidc-provider answers a client with, recognised by its properties. Its own classes are not used here: functions
 * that only end sessions would load the whole provider with them.
 */
export class OidcRefusal extends Error {
  readonly error: string;
  readonly error_description: string;
  readonly status: number;
  readonly statusCode: number;
  readonly expose = true;
  readonly allow_redirect = true;

  constructor(error: "invalid_grant" | "invalid_client", description: string) {
    super(error);
    this.name = "OidcRefusal";
    this.error = error;
    this.error_description = description;
    this.status = error === "invalid_client" ? 401 : 400;
    this.statusCode = this.status;
  }
}
