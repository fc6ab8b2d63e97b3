export class Refusal extends Error {
  constructor(status, code, message, more = {}, headers = {}) {
    super(message);
    this.status = status;
    this.body = { code, message, ...more };
    this.headers = headers;
  }
}
