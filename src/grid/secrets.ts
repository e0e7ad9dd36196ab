/** What a provider asks of whoever uses it. Sent in headers where the provider lets us, shown nowhere. */
export interface GridSecrets {
  /** Key or token. */
  readonly key?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}
